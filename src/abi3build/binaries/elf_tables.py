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

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.elf.elffile import ELFFile

from abi3build.binaries.window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elftools.construct import Container, Struct

    from abi3build.binaries.window import Window

__all__ = ["ElfTables", "Section", "Segment", "Symbol", "open_elf"]

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
    """Give the tables of one file; ``elf`` is what pyelftools makes of its header.

    All methods raise ``MalformedError`` where the file ends before a table does.
    """

    window: Window
    elf: ELFFile

    @property
    def symbol_size(self) -> int:
        """Give the size of one symbol in bytes."""
        return calcsize(f"={_SYMBOL_LAYOUTS[self.elf.elfclass]}")

    def symbols(self, what: str, offset: int, count: int) -> Iterator[Symbol]:
        """Give the entries of a symbol table."""
        layout = _SYMBOL_LAYOUTS[self.elf.elfclass]
        return map(Symbol._make, self.window.rows(what, layout, offset, count))

    def entry(self, what: str, layout: Struct, offset: int) -> Container:
        """Parse one entry of a short table by a layout of pyelftools."""
        self.window.part(what, offset, layout.sizeof())
        self.window.allowance.spend(what, _COST_OF_ENTRY)
        entry: Container = struct_parse(layout, self.elf.stream, offset)
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
        layout = _SECTION_LAYOUTS[self.elf.elfclass]
        start = self.elf["e_shoff"]
        if not start:
            return
        if self.elf["e_shentsize"] != calcsize(f"={layout}"):
            message = "section headers: not of the size for this kind of file"
            raise MalformedError(message)
        count = self.elf["e_shnum"] or self.section(0).size
        for row in self.window.rows("section headers", layout, start, count):
            yield Section._make(row)

    def section(self, number: int) -> Section:
        """Give the section header with a number, by which others refer to it."""
        layout = _SECTION_LAYOUTS[self.elf.elfclass]
        start = self.elf["e_shoff"] + calcsize(f"={layout}") * number
        return Section._make(self.window.row("section headers", layout, start))

    def has_section(self, *names: str) -> bool:
        """Say whether a section has one of the names."""
        number = self.elf["e_shstrndx"]
        if not self.elf["e_shoff"] or not number:
            return False
        if number == _INDEX_IN_FIRST_SECTION:
            number = self.section(0).link
        start = self.section(number).offset
        wanted = tuple(f"{name}\0".encode() for name in names)
        data = self.window.data
        return any(data.startswith(wanted, start + one.name) for one in self.sections())

    def segments(self) -> tuple[Segment, ...]:
        """Give all program headers."""
        layout = self.elf.structs.Elf_Phdr
        start, count = self.elf["e_phoff"], self.elf["e_phnum"]
        if count and self.elf["e_phentsize"] != layout.sizeof():
            message = "program headers: not of the size for this kind of file"
            raise MalformedError(message)
        return tuple(
            Segment(entry.p_type, entry.p_offset, entry.p_vaddr, entry.p_filesz)
            for entry in self.entries("program headers", layout, start, count)
        )


def open_elf(data: bytes) -> ElfTables:
    """Read the header of an ELF file.

    Raise ``MalformedError`` where the header is incomplete or contradicts itself.
    """
    try:
        elf = ELFFile(BytesIO(data))
    # OverflowError and TypeError: before 0.33, pyelftools goes at once to where the
    # header says that the section names are, be it outside of any file.
    except (ELFError, OverflowError, TypeError) as error:
        message = "elf header: incomplete or damaged"
        raise MalformedError(message) from error
    return ElfTables(open_window(data, "<" if elf.little_endian else ">"), elf)
