"""Give the headers of a PE file, and find what is at an address in memory.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format

pefile reads the headers and the section table.  It would read the directories too,
but for the study of malware: beyond 8192 entries, which PyQt6's ``QtWidgets.pyd``
has, and where a name looks unusual, it silently leaves the rest out, and it gives
names to what some libraries are asked for by ordinal.  They are walked here.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pefile  # type: ignore[import-untyped]

from abi3build.binaries.window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.window import Window

__all__ = ["PeHeaders", "Section", "open_pe"]

_COFF_SYMBOL_SIZE = 18


class Section(NamedTuple):
    """Say where a section lies in memory, relative to the image, and in the file."""

    address: int
    offset: int
    size: int
    name: bytes


@dataclass(frozen=True)
class PeHeaders:
    """Hold what the reader needs of the headers."""

    window: Window
    machine: int
    characteristics: int
    is_64_bit: bool
    image_base: int
    size: int
    coff_symbols: int
    """The place of the symbol table in the file; 0 where there is none."""

    coff_symbol_count: int
    directories: tuple[tuple[int, int], ...]
    """Address and size of each directory."""

    sections: tuple[Section, ...]
    """In the order of their addresses."""

    def directory(self, number: int) -> tuple[int, int]:
        """Give the address and size of a directory, zeros where there is none."""
        return (*self.directories, *[(0, 0)] * 16)[number]

    def offset(self, what: str, address: int) -> int:
        """Give the place in the file of what is at an address in memory."""
        if 0 <= address < self.size:
            return address
        index = bisect(self.sections, (address + 1,)) - 1
        section = self.sections[index] if index >= 0 else None
        if section and 0 <= address - section.address < section.size:
            return section.offset + address - section.address
        message = f"{what}: an address outside the file"
        raise MalformedError(message)

    def name(self, what: str, address: int) -> str:
        """Give the name at an address."""
        return self.window.name(what, self.offset(what, address))

    def section(self, *names: str) -> bytes:
        """Give the bytes of the first section that has one of the names, or none.

        Names above eight bytes are not looked at.
        """
        wanted = {name.encode() for name in names}
        for section in self.sections:
            if section.name in wanted:
                return self.window.data[section.offset : section.offset + section.size]
        return b""

    def section_names(self) -> Iterator[bytes]:
        """Give the names of the sections, those above eight bytes too.

        The linkers of MinGW put these behind the symbol table, as object files do.
        """
        names = self.coff_symbols + self.coff_symbol_count * _COFF_SYMBOL_SIZE
        for section in self.sections:
            if names and section.name[:1] == b"/" and section.name[1:].isdigit():
                place = names + int(section.name[1:])
                yield self.window.text("section names", place)
            else:
                yield section.name


def open_pe(data: bytes) -> PeHeaders:
    """Read the headers of a PE file.

    Raise ``MalformedError`` where they are incomplete or where a section, as the
    loader also requires, is not wholly in the file.
    """
    try:
        pe = pefile.PE(data=data, fast_load=True)
    except pefile.PEFormatError as error:
        message = "pe header: incomplete or damaged"
        raise MalformedError(message) from error
    if pe.PE_TYPE is None or len(pe.sections) != pe.FILE_HEADER.NumberOfSections:
        message = "pe header: incomplete or damaged"
        raise MalformedError(message)
    window = open_window(data, "<")
    return PeHeaders(
        window=window,
        machine=pe.FILE_HEADER.Machine,
        characteristics=pe.FILE_HEADER.Characteristics,
        is_64_bit=pe.PE_TYPE == pefile.OPTIONAL_HEADER_MAGIC_PE_PLUS,
        image_base=pe.OPTIONAL_HEADER.ImageBase,
        size=pe.OPTIONAL_HEADER.SizeOfHeaders,
        coff_symbols=pe.FILE_HEADER.PointerToSymbolTable,
        coff_symbol_count=pe.FILE_HEADER.NumberOfSymbols,
        directories=tuple(
            (directory.VirtualAddress, directory.Size)
            for directory in pe.OPTIONAL_HEADER.DATA_DIRECTORY
        ),
        sections=tuple(sorted(_sections(pe, window))),
    )


def _sections(pe: pefile.PE, window: Window) -> Iterator[Section]:
    for section in pe.sections:
        size = section.SizeOfRawData if section.PointerToRawData else 0
        offset = section.get_PointerToRawData_adj()
        window.part("sections", offset, size)
        name = section.Name.rstrip(b"\0")
        yield Section(section.get_VirtualAddress_adj(), offset, size, name)
