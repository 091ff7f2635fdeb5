import cffi_example

print(cffi_example.crc32(b"abi3"))
