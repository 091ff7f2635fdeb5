import c_minimal

print(c_minimal.add(2, 3))
