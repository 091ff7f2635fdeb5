"""Give the tables of an ELF file: section headers, program headers, symbols.

Specification: https://gabi.xinuos.com/ (System V ABI).

pyelftools knows the layouts and the names of their values; the tables are walked
here, through a ``Window``, which bounds what a file can ask for.  The two tables that
can be long, the symbols and the section headers, are unpacked in one pass: pyelftools
takes some 20 microseconds for each entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from struct import calcsize
from typing import TYPE_CHECKING, NamedTuple

from elftools.common.utils import struct_parse
from elftools.elf.structs import ELFStructs

from abi3build.binaries.window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elftools.construct import Container, Struct

    from abi3build.binaries.window import Window

__all__ = ["ElfTables", "Section", "Segment", "Symbol", "open_elf"]

_CLASSES = {b"\1": 32, b"\2": 64}
_BYTE_ORDERS = {b"\1": "<", b"\2": ">"}
_SECTION_LAYOUTS = {32: "II4xIIII12x", 64: "II8xQQQI20x"}
_SYMBOL_LAYOUTS = {32: "I8xBBH", 64: "IBBH16x"}
"""By the class of the file, as ``struct`` writes them."""

_INDEX_IN_FIRST_SECTION = 0xFFFF
"""SHN_XINDEX: the number did not fit and stands in the first section header."""

_COST_OF_ENTRY = 2048
"""What an entry read by pyelftools takes in memory and time, in bytes, roughly."""


class Section(NamedTuple):
    """Hold what the reader needs of one section header."""

    name: int
    type: int
    address: int
    offset: int
    size: int
    link: int


class Segment(NamedTuple):
    """Hold what the reader needs of one program header."""

    type: str | int
    offset: int
    address: int
    size: int

    @property
    def is_loaded(self) -> bool:
        """Say whether the segment has a place in memory at run time."""
        return self.type == "PT_LOAD"


class Symbol(NamedTuple):
    """Hold what the reader needs of one entry of a symbol table."""

    name: int
    info: int
    other: int
    section: int


@dataclass(frozen=True)
class ElfTables:
    """Give the tables of one file.

    All methods raise ``MalformedError`` where the file ends before a table does.
    """

    window: Window
    stream: BytesIO
    structs: ELFStructs
    """The layouts by pyelftools for the class and byte order of the file."""

    header: Container
    """The file's header by pyelftools, with known values by their names."""

    @property
    def symbol_size(self) -> int:
        """Give the size of one symbol in bytes."""
        return calcsize(f"={_SYMBOL_LAYOUTS[self.structs.elfclass]}")

    def symbols(self, what: str, offset: int, count: int) -> Iterator[Symbol]:
        """Give the entries of a symbol table."""
        layout = _SYMBOL_LAYOUTS[self.structs.elfclass]
        return map(Symbol._make, self.window.rows(what, layout, offset, count))

    def entry(self, what: str, layout: Struct, offset: int) -> Container:
        """Parse one entry of a short table by a layout of pyelftools."""
        self.window.part(what, offset, layout.sizeof())
        self.window.allowance.spend(what, _COST_OF_ENTRY)
        entry: Container = struct_parse(layout, self.stream, offset)
        return entry

    def entries(
        self, what: str, layout: Struct, offset: int, count: int
    ) -> Iterator[Container]:
        """Parse the entries of a short table, one by one."""
        size = layout.sizeof()
        self.window.part(what, offset, size * count)
        for number in range(count):
            yield self.entry(what, layout, offset + size * number)

    def chain(
        self, what: str, layout: Struct, offset: int, step: str
    ) -> Iterator[tuple[int, Container]]:
        """Parse entries that each say in the field ``step`` how far the next one is.

        Each comes with its offset; the chain ends where the step is zero.
        """
        entry = self.entry(what, layout, offset)
        yield offset, entry
        while entry[step]:
            offset += entry[step]
            entry = self.entry(what, layout, offset)
            yield offset, entry

    def sections(self) -> Iterator[Section]:
        """Give all section headers; none where the file was stripped of them."""
        layout = _SECTION_LAYOUTS[self.structs.elfclass]
        start = self.header["e_shoff"]
        if not start:
            return
        if self.header["e_shentsize"] != calcsize(f"={layout}"):
            message = "section headers: not of the size for this kind of file"
            raise MalformedError(message)
        count = self.header["e_shnum"] or self.section(0).size
        for row in self.window.rows("section headers", layout, start, count):
            yield Section._make(row)

    def section(self, number: int) -> Section:
        """Give the section header with a number, by which others refer to it."""
        layout = _SECTION_LAYOUTS[self.structs.elfclass]
        start = self.header["e_shoff"] + calcsize(f"={layout}") * number
        return Section._make(self.window.row("section headers", layout, start))

    def find_section(self, *names: str) -> Section | None:
        """Give the first section that has one of the names."""
        number = self.header["e_shstrndx"]
        if not self.header["e_shoff"] or not number:
            return None
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
        """Give all program headers."""
        layout = self.structs.Elf_Phdr
        start, count = self.header["e_phoff"], self.header["e_phnum"]
        if count and self.header["e_phentsize"] != layout.sizeof():
            message = "program headers: not of the size for this kind of file"
            raise MalformedError(message)
        return tuple(
            Segment(entry.p_type, entry.p_offset, entry.p_vaddr, entry.p_filesz)
            for entry in self.entries("program headers", layout, start, count)
        )


def open_elf(data: bytes) -> ElfTables:
    """Read the header of an ELF file.

    Raise ``MalformedError`` where it is incomplete or of no known class or byte order.
    """
    # Not ``ELFFile``: its releases differ in what they read at once, and therefore in
    # which damaged files they refuse, and how.
    file_class, byte_order = _CLASSES.get(data[4:5]), _BYTE_ORDERS.get(data[5:6])
    if not data.startswith(b"\x7fELF") or file_class is None or byte_order is None:
        message = "elf header: of no known class and byte order"
        raise MalformedError(message)
    structs = ELFStructs(little_endian=byte_order == "<", elfclass=file_class)
    structs.create_basic_structs()
    window = open_window(data, byte_order)
    window.part("elf header", 0, structs.Elf_Ehdr.sizeof())
    stream = BytesIO(data)
    header = struct_parse(structs.Elf_Ehdr, stream, 0)
    structs.create_advanced_structs(
        header["e_type"], header["e_machine"], header["e_ident"]["EI_OSABI"]
    )
    return ElfTables(window, stream, structs, header)
