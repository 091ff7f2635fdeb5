"""Read a COFF object file: what it takes, gives and notes.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format.  pefile
reads linked images alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.binaries.unit_notes import SECTION_NAMES, parse_unit_notes
from abi3build.binaries.window import open_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import UnitNote
    from abi3build.binaries.window import Window

__all__ = ["is_coff_object", "read_coff"]

_MACHINES = {0x014C: "i686", 0x8664: "x86_64", 0xAA64: "arm64"}
_DECORATED = 0x014C
"""The machine whose C compilers put an underscore before every name."""

_HEADER = "HHIIIHH"
_SYMBOL = "8sIhHBB"
_SYMBOL_SIZE = 18
_SECTION = "8sIIIIIIHHI"
_SECTION_SIZE = 40
_EXTERNAL, _WEAK_EXTERNAL = 2, 105
"""IMAGE_SYM_CLASS_EXTERNAL and IMAGE_SYM_CLASS_WEAK_EXTERNAL."""

_IMPORTED = "__imp_"


def is_coff_object(data: bytes) -> bool:
    """Tell an object by its machine and by having no optional header."""
    machine = int.from_bytes(data[:2], "little")
    return machine in _MACHINES and data[16:18] == b"\0\0"


def read_coff(data: bytes) -> Image:
    """Read one object.

    Raise ``MalformedError`` where it is not what its header says.
    """
    window = open_window(data, "<")
    machine, sections, _, at, count, _, _ = window.row("header", _HEADER, 0)
    imports, exports = set(), set()
    for name, value, section, kind in _symbols(window, at, count):
        is_imported = name.startswith(_IMPORTED)
        plain = name[len(_IMPORTED) :] if is_imported else name
        if machine == _DECORATED and plain.startswith("_"):
            plain = plain[1:]
        if section > 0 and kind == _EXTERNAL:
            exports.add(plain)
        elif section == 0 and value == 0 and kind in {_EXTERNAL, _WEAK_EXTERNAL}:
            weak = kind == _WEAK_EXTERNAL
            imports.add(Import(plain, weak=weak))
    return Image(
        format=BinaryFormat.PE,
        machine=_MACHINES[machine],
        imports=tuple(sorted(imports)),
        exports=tuple(sorted(exports)),
        is_shared_library=False,
        unit_notes=tuple(sorted(_notes(window, sections))),
    )


def _symbols(
    window: Window, at: int, count: int
) -> Iterator[tuple[str, int, int, int]]:
    strings = at + count * _SYMBOL_SIZE
    auxiliary = 0
    for short, value, section, _, kind, following in window.rows(
        "symbols", _SYMBOL, at, count
    ):
        if auxiliary:
            auxiliary -= 1
            continue
        auxiliary = following
        if short[:4] == b"\0\0\0\0":
            place = strings + int.from_bytes(short[4:], "little")
            name = window.name("string table", place)
        else:
            name = short.rstrip(b"\0").decode("utf-8", "backslashreplace")
        yield name, value, section, kind


def _notes(window: Window, sections: int) -> Iterator[UnitNote]:
    head = 20
    for name, _, _, size, at, *_ in window.rows("sections", _SECTION, head, sections):
        if name.rstrip(b"\0").decode("latin-1") in SECTION_NAMES:
            part = window.part("notes", at, size)
            yield from parse_unit_notes(part.data[part.start : part.start + size])
