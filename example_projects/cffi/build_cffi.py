"""Describe the C library to CFFI; ``setup.py`` names this file."""

from cffi import FFI

builder = FFI()
builder.cdef("uint32_t example_crc32(const unsigned char *data, size_t length);")
builder.set_source(
    "cffi_example._crc32",
    '#include "crc32.h"',
    sources=["csrc/crc32.c"],
    include_dirs=["csrc"],
    depends=["csrc/crc32.h"],
)
