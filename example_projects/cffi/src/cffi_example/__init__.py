"""CRC-32 of bytes, computed by a C library."""

from cffi_example._crc32 import lib

__all__ = ["crc32"]


def crc32(data: bytes) -> int:
    """Give the checksum that zlib and PNG use."""
    return lib.example_crc32(data, len(data))
