"""Return the tables of an ELF file: section headers, program headers, symbols.

Specification: https://gabi.xinuos.com/ (System V ABI).
"""

from __future__ import annotations

from struct import calcsize
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = ["PT_DYNAMIC", "ElfSection", "ElfSymbol", "ElfTables", "Segment", "open_elf"]


_CLASSES = {1: 32, 2: 64}
_BYTE_ORDERS = {1: "<", 2: ">"}
_HEADER_LAYOUTS = {32: "16xHH8xII6x5H", 64: "16xHH12xQQ6x5H"}
_SECTION_LAYOUTS = {32: "7I12x", 64: "2I4QI20x"}
_SEGMENT_LAYOUTS = {32: "III4xI4xI4x", 64: "IIQQ8xQ16x"}
_SYMBOL_LAYOUTS = {32: "I8xBBH", 64: "IBBH16x"}
"""By the class of the file, as ``struct`` writes them."""

_INDEX_IN_FIRST_SECTION = 0xFFFF
"""SHN_XINDEX: the number did not fit and stands in the first section header."""

_PT_LOAD = 1
PT_DYNAMIC = 2


class Header(NamedTuple):
    """Describe the file's header, with the specification's names."""

    e_type: int
    e_machine: int
    e_phoff: int
    e_shoff: int
    e_phentsize: int
    e_phnum: int
    e_shentsize: int
    e_shnum: int
    e_shstrndx: int


class ElfSection(NamedTuple):
    """Describe one section header."""

    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


class Segment(NamedTuple):
    """Describe one program header."""

    type: int
    offset: int
    address: int
    size: int
    flags: int

    @property
    def is_loaded(self) -> bool:
        """Say whether the segment has a place in memory at run time."""
        return self.type == _PT_LOAD


class ElfSymbol(NamedTuple):
    """Describe one entry of a symbol table."""

    name: int
    info: int
    other: int
    section: int


class ElfTables(NamedTuple):
    """Return the tables of one file.

    All methods raise ``MalformedError`` if the file ends before a table does.
    """

    window: BytesWindow
    bits: int
    """The class of the file: 32 or 64."""

    header: Header

    @property
    def symbol_size(self) -> int:
        """Return the size of one symbol in bytes."""
        return calcsize(f"={_SYMBOL_LAYOUTS[self.bits]}")

    def symbols(
        self, what: str, offset: int, count: int, names: Collection[int]
    ) -> Iterator[ElfSymbol]:
        """Return the entries of a symbol table whose names are at some offsets."""
        numbered = self.numbered_symbols(what, offset, count, names)
        return (symbol for _, symbol in numbered)

    def numbered_symbols(
        self, what: str, offset: int, count: int, names: Collection[int]
    ) -> Iterator[tuple[int, ElfSymbol]]:
        """Yield those entries with their places in the table."""
        layout = _SYMBOL_LAYOUTS[self.bits]
        rows = self.window.numbered_rows_beginning(what, layout, offset, count, names)
        for number, row in rows:
            yield number, ElfSymbol._make(row)

    def all_symbols(self, what: str, offset: int, count: int) -> Iterator[ElfSymbol]:
        """Return every entry of a symbol table."""
        rows = self.window.rows(what, _SYMBOL_LAYOUTS[self.bits], offset, count)
        return map(ElfSymbol._make, rows)

    def sections(self) -> Iterator[ElfSection]:
        """Return all section headers; none if the file was stripped of them."""
        layout = _SECTION_LAYOUTS[self.bits]
        start = self.header.e_shoff
        if not start:
            return iter(())
        if self.header.e_shentsize != calcsize(f"={layout}"):
            message = "section headers: wrong size for this kind of file"
            raise MalformedError(message)
        # From 0xff00 sections on, e_shnum is 0 and the first header has the number:
        # https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
        count = self.header.e_shnum or self.section(0).size
        rows = self.window.rows("section headers", layout, start, count)
        return map(ElfSection._make, rows)

    def section(self, number: int) -> ElfSection:
        """Return the section header with a number, by which others refer to it."""
        layout = _SECTION_LAYOUTS[self.bits]
        start = self.header.e_shoff + calcsize(f"={layout}") * number
        return ElfSection._make(self.window.row("section headers", layout, start))

    def find_section(self, *names: str) -> ElfSection | None:
        """Return the first section that has one of the names."""
        number = self.header.e_shstrndx
        if not self.header.e_shoff or not number:
            return None
        # The same is true of an index that does not fit into 16 bits (SHN_XINDEX).
        if number == _INDEX_IN_FIRST_SECTION:
            number = self.section(0).link
        start = self.section(number).offset
        wanted = tuple(f"{name}\0".encode() for name in names)
        data = self.window.data
        named = (
            one for one in self.sections() if data.startswith(wanted, start + one.name)
        )
        return next(named, None)

    def segments(self) -> tuple[Segment, ...]:
        """Return all program headers."""
        layout = _SEGMENT_LAYOUTS[self.bits]
        start, count = self.header.e_phoff, self.header.e_phnum
        if count and self.header.e_phentsize != calcsize(f"={layout}"):
            message = "program headers: wrong size for this kind of file"
            raise MalformedError(message)
        rows = self.window.rows("program headers", layout, start, count)
        if self.bits == 64:  # noqa: PLR2004 - bits; the flags come second there
            return tuple(
                Segment(kind, offset, address, size, flags)
                for kind, flags, offset, address, size in rows
            )
        return tuple(map(Segment._make, rows))


def open_elf(data: bytes) -> ElfTables:
    """Read the header of an ELF file.

    Raise ``MalformedError`` if it is incomplete or of no known class or byte order.
    """
    identification = data[:6].ljust(6, b"\0")
    bits = _CLASSES.get(identification[4])
    byte_order = _BYTE_ORDERS.get(identification[5])
    if not data.startswith(b"\x7fELF") or bits is None or byte_order is None:
        message = "elf header: unknown class or byte order"
        raise MalformedError(message)
    window = open_window(data, byte_order)
    fields = window.row("elf header", _HEADER_LAYOUTS[bits], 0)
    return ElfTables(window, bits, Header._make(fields))
