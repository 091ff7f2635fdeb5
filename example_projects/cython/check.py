import cython_example

print(cython_example.primes(5))
