"""Read a COFF object file: what it takes, gives and notes.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format.  pefile
reads linked images alone.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.binaries.image_layout import ReadImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = [
    "CoffSection",
    "CoffSymbol",
    "CoffTables",
    "is_coff_object",
    "open_coff",
    "read_coff",
]


_I386 = 0x014C
_MACHINE_NUMBERS = (_I386, 0x8664, 0xAA64)

_HEADER, _BIG_HEADER = "HHIIIHH", "4xHH4x16s16xIII"
_BIG_MARK = b"\0\0\xff\xff"
_BIG_CLASS = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
_SECTION = "8s8xIII4xHHI"
_SYMBOL, _BIG_SYMBOL = "8sIhHBB", "8sIiHBB"
_RELOCATION = "II2x"
_IMPORTED = "__imp_"
"""What stands before the name of a pointer that the linker makes for an import."""

_OVERFLOW = 0x01000000
"""IMAGE_SCN_LNK_NRELOC_OVFL: the first relocation holds their number."""


class CoffSection(NamedTuple):
    """Say where a section and its relocations lie."""

    name: bytes
    size: int
    offset: int
    relocations: int
    relocation_count: int
    flags: int


class CoffSymbol(NamedTuple):
    """Describe one symbol, without the processor's decoration of C names."""

    name: str
    value: int
    section: int
    """Counted from one; zero for those from elsewhere."""

    type: int
    storage_class: int
    auxiliary: int
    """How many further records belong to it."""


class CoffTables(NamedTuple):
    """Return the tables of one object.

    All methods raise ``MalformedError`` if the file ends before a table does.
    """

    window: BytesWindow
    machine: int
    is_big: bool
    section_count: int
    sections_at: int
    symbols_at: int
    symbol_count: int

    def sections(self) -> Iterator[CoffSection]:
        """Return all sections in their order."""
        rows = self.window.rows(
            "sections", _SECTION, self.sections_at, self.section_count
        )
        for short, size, offset, relocations, count, _, flags in rows:
            name = short.rstrip(b"\0")
            if name[:1] == b"/" and name[1:].isdigit():
                name = self._string(int(name[1:]))
            yield CoffSection(name, size, offset, relocations, count, flags)

    def symbols(self) -> dict[int, CoffSymbol]:
        """Return the symbols by the numbers with which relocations name them."""
        found = {}
        rows = self.window.rows(
            "symbols", self._symbol_layout, self.symbols_at, self.symbol_count
        )
        following = 0
        for number, (name, *fields) in enumerate(rows):
            if following:
                following -= 1
                continue
            following = fields[-1]
            found[number] = CoffSymbol(self._symbol_name(name), *fields)
        return found

    def part(self, section: CoffSection) -> BytesWindow:
        """Look at what a section holds."""
        return self.window.part("sections", section.offset, section.size)

    def relocations(self, section: CoffSection) -> Iterator[tuple[int, int]]:
        """Return the place in a section, and the number of a symbol, of each."""
        what, count = "relocations", section.relocation_count
        start = section.relocations
        if section.flags & _OVERFLOW:
            (count, _) = self.window.row(what, _RELOCATION, start)
            start += struct.calcsize(f"={_RELOCATION}")
            count = max(count - 1, 0)
        yield from self.window.rows(what, _RELOCATION, start, count)

    @property
    def _symbol_layout(self) -> str:
        return _BIG_SYMBOL if self.is_big else _SYMBOL

    def _symbol_name(self, short: bytes) -> str:
        place = int.from_bytes(short[4:], "little")
        is_long = short[:4] == b"\0\0\0\0"
        name = self._string(place) if is_long else short.rstrip(b"\0")
        text = name.decode("utf-8", "backslashreplace")
        if self.machine != _I386:
            return text
        # There alone C compilers put an underscore before every name.
        imported = _IMPORTED if text.startswith(_IMPORTED) else ""
        return imported + text[len(imported) :].removeprefix("_")

    def _string(self, place: int) -> bytes:
        size = struct.calcsize(f"={self._symbol_layout}")
        strings = self.symbols_at + self.symbol_count * size
        text = self.window.text("string table", strings + place)
        self.window.allowance.keep("string table", len(text))
        return text


def is_coff_object(data: bytes) -> bool:
    """Tell an object by its machine and by having no optional header."""
    machine = int.from_bytes(data[:2], "little")
    return _is_big(data) or (machine in _MACHINE_NUMBERS and data[16:18] == b"\0\0")


def open_coff(data: bytes) -> CoffTables:
    """Read the header of an object.

    Raise ``MalformedError`` if it is incomplete.
    """
    window = open_window(data, "<")
    if _is_big(data):
        _, machine, _, sections, symbols, count = window.row("header", _BIG_HEADER, 0)
        at = struct.calcsize(f"={_BIG_HEADER}")
        return CoffTables(window, machine, True, sections, at, symbols, count)  # noqa: FBT003 - in the order of the fields
    machine, sections, _, symbols, count, _, _ = window.row("header", _HEADER, 0)
    at = struct.calcsize(f"={_HEADER}")
    return CoffTables(window, machine, False, sections, at, symbols, count)  # noqa: FBT003 - as above


def _is_big(data: bytes) -> bool:
    return data.startswith(_BIG_MARK) and data[12:28] == _BIG_CLASS


_MACHINES = {0x014C: "i686", 0x8664: "x86_64", 0xAA64: "arm64"}
_EXTERNAL, _WEAK_EXTERNAL = 2, 105
"""IMAGE_SYM_CLASS_EXTERNAL and IMAGE_SYM_CLASS_WEAK_EXTERNAL."""


def read_coff(data: bytes) -> ReadImage:
    """Read one object.

    Raise ``MalformedError`` if it is not what its header says.
    """
    tables = open_coff(data)
    imports, exports = set(), set()
    for symbol in tables.symbols().values():
        plain = symbol.name.removeprefix(_IMPORTED)
        kind = symbol.storage_class
        if symbol.section > 0 and kind == _EXTERNAL:
            exports.add(plain)
        elif (
            symbol.section == 0
            and symbol.value == 0
            and kind in {_EXTERNAL, _WEAK_EXTERNAL}
        ):
            imports.add(Import(plain, weak=kind == _WEAK_EXTERNAL))
    image = Image(
        format=BinaryFormat.PE,
        machine=_MACHINES.get(tables.machine, f"unknown-{tables.machine:#x}"),
        imports=tuple(sorted(imports)),
        exports=tuple(sorted(exports)),
        is_shared_library=False,
    )
    return ReadImage(image, None, partial(_sections_named, tables), _no_debug_section)


def _sections_named(tables: CoffTables, *names: str) -> bytes:
    """Return all of them, joined: each unit that was joined left its own."""
    parts = (
        tables.part(section)
        for section in tables.sections()
        if section.name.decode("latin-1") in names
    )
    return b"".join(part.data[part.start : part.start + part.size] for part in parts)


def _no_debug_section(name: str) -> None:
    """Return None: DWARF in COFF objects is not searched for types."""
