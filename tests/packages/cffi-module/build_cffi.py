from cffi import FFI

builder = FFI()
builder.cdef("int answer(void);")
builder.set_source("sample", "int answer(void) { return 42; }")
