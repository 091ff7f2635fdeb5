import cross_platform

print(f"{cross_platform.fnv1a(b'abi3'):x}")
