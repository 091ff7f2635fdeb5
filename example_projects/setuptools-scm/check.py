import scm_example

print(scm_example.gcd(12, 18))
