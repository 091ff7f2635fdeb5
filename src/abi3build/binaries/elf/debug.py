"""Find the sections with debug information in an ELF file.

Specification: https://gabi.xinuos.com/elf/03-sheader.html#compression-header; the
older form, with names that begin with ``.zdebug``, is GNU's.
"""

from __future__ import annotations

import struct

from abi3build.binaries.dwarf.sections import inflated, part_of
from abi3build.errors import MalformedError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.elf.headers import ElfTables
    from abi3build.binaries.window import Window

__all__ = ["find_debug_section"]

_COMPRESSED = 0x800
"""SHF_COMPRESSED."""

_ZLIB = 1
"""ELFCOMPRESS_ZLIB."""

_HEADERS = {32: "3I", 64: "I4x2Q"}
"""By the class of the file: the method, the size and the alignment."""

_GNU_MAGIC = b"ZLIB"
_NO_BITS = 8


def find_debug_section(tables: ElfTables, name: str) -> Window | None:
    """Give a section such as ``info``; None where the file has none.

    Raise ``MalformedError`` where it is compressed in a way that is not read.
    """
    what = "debug information"
    found = tables.find_section(f".debug_{name}", f".zdebug_{name}")
    if found is None or found.type == _NO_BITS:
        return None
    section = part_of(tables.window, found.offset, found.size)
    if found.flags & _COMPRESSED:
        layout = _HEADERS[tables.bits]
        method, size, _ = section.row(what, layout, 0)
        if method != _ZLIB:
            message = f"{what}: compressed by a method that is not read ({method})"
            raise MalformedError(message)
        start = struct.calcsize(f"={layout}")
    elif section.data.startswith(_GNU_MAGIC, section.start):
        start = len(_GNU_MAGIC) + 8
        head = section.part(what, 0, start)
        size = int.from_bytes(head.data[head.start + 4 : head.start + start], "big")
    else:
        return section
    return inflated(section.part(what, start, section.size - start), size)
