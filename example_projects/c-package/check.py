import c_package

print(c_package.total([0.5, 1.5, 3.0]))
