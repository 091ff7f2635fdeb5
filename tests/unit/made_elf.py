"""Make ELF files by hand: rare ones, and ones made to harm."""

from __future__ import annotations

import struct

# Tags of the dynamic section
NEEDED, STRTAB, SYMTAB, STRSZ, HASH, SONAME = 1, 5, 6, 10, 4, 14
GNU_HASH, VERNEED = 0x6FFFFEF5, 0x6FFFFFFE
LOCAL, GLOBAL, WEAK, UNIQUE = 0, 1, 2, 10
HIDDEN, PROTECTED = 2, 3
PAYLOAD = 0x1000


def linked(tags: list[tuple[int, int]], payload: bytes) -> bytes:
    """Make a library whose one segment is the file, with a payload at 0x1000."""
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in [*tags, (0, 0)])
    size = PAYLOAD + len(payload)
    return b"".join(
        [
            b"\x7fELF\2\1\1".ljust(16, b"\0"),
            struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0),
            struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 8),
            struct.pack("<IIQQQQQQ", 2, 4, 176, 176, 0, *[len(dynamic)] * 2, 8),
            dynamic.ljust(PAYLOAD - 176, b"\0"),
            payload,
        ]
    )


def symbol(
    name: int, binding: int = GLOBAL, visibility: int = 0, section: int = 0
) -> bytes:
    """Make a symbol, an undefined one unless it is given a section."""
    return struct.pack("<IBBHQQ", name, binding << 4, visibility, section, 0, 0)
