"""Return the headers of a PE file, and find what is at an address in memory.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format

The layouts here are few; a library for the study of malware, which reads what no
loader does and leaves out what looks unusual, would take longer to load than most
files to read.
"""

from __future__ import annotations

from bisect import bisect
from struct import calcsize
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = ["PeHeaders", "PeSection", "open_pe"]


_SIGNATURE = b"PE\0\0"
_SIGNATURE_PLACE = 0x3C
"""``e_lfanew``: where the header for DOS says where the other one is."""

_FILE_HEADER = "HH4xIIHH"
"""Machine, number of sections, place and number of COFF symbols, size of the optional
header, characteristics."""

_OPTIONAL_HEADERS = {0x10B: "28xI4xI20xI28xI", 0x20B: "24xQ4xI20xI44xI"}
"""By the magic number, PE32 and PE32+: image base, alignment of sections in the file,
size of all headers, number of directories."""

_PE32_PLUS = 0x20B
_DIRECTORY = "II"
_MOST_DIRECTORIES = 16
_SECTION = "8s4xIII12xI"
_SECTOR = 512
"""The loader takes sections to begin with a sector, unless they are packed closer."""

_COFF_SYMBOL_SIZE = 18

_DATA, _EXECUTABLE, _WRITABLE = 0x40, 0x20000000, 0x80000000
"""IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SCN_MEM_EXECUTE and IMAGE_SCN_MEM_WRITE."""

_DISCARDABLE = 0x02000000
"""IMAGE_SCN_MEM_DISCARDABLE: the table of relocations, and debug information."""


class PeSection(NamedTuple):
    """Say where a section is in memory, relative to the image, and in the file."""

    address: int
    offset: int
    size: int
    name: bytes
    rights: int
    """What the header calls the section's characteristics."""

    @property
    def is_code(self) -> bool:
        """Tell whether the processor may run what is in the section."""
        return bool(self.rights & _EXECUTABLE)

    @property
    def has_pointers(self) -> bool:
        """Tell whether there may be data with pointers that the loader fills in."""
        return not self.rights & (_EXECUTABLE | _DISCARDABLE)

    @property
    def is_constant(self) -> bool:
        """Tell whether the section has data that is never written."""
        return self.rights & (_DATA | _EXECUTABLE | _WRITABLE) == _DATA


class PeHeaders(NamedTuple):
    """Contain what the reader needs of the headers."""

    window: BytesWindow
    machine: int
    characteristics: int
    is_64_bit: bool
    image_base: int
    size: int
    coff_symbols: int
    """The place of the symbol table in the file; 0 if there is none."""

    coff_symbol_count: int
    directories: tuple[tuple[int, int], ...]
    """Address and size of each directory."""

    sections: tuple[PeSection, ...]
    """In the order of their addresses."""

    def directory(self, number: int) -> tuple[int, int]:
        """Return the address and size of a directory, zeros if there is none."""
        empty = [(0, 0)] * _MOST_DIRECTORIES
        return (*self.directories, *empty)[number]

    def offset(self, what: str, address: int) -> int:
        """Return the place in the file of what is at an address in memory."""
        return address + self.shift(what, address)[2]

    def offsets(self, what: str, addresses: Sequence[int]) -> list[int]:
        """Return the places of several addresses; fast if one section has them all."""
        if not addresses:
            return []
        _, end, shift = self.shift(what, min(addresses))
        if max(addresses) < end:
            return list(map(shift.__add__, addresses))
        return [self.offset(what, address) for address in addresses]

    def shift(self, what: str, address: int) -> tuple[int, int, int]:
        """Return the addresses around one, first and end, and how far the file is off.

        All of them lie as far from their places in the file.
        """
        # The headers are mapped at the start of the image, as they are in the file.
        if 0 <= address < self.size:
            return 0, self.size, 0
        index = bisect(self.sections, (address + 1,)) - 1
        section = self.sections[index] if index >= 0 else None
        if section and 0 <= address - section.address < section.size:
            end = section.address + section.size
            return section.address, end, section.offset - section.address
        message = f"{what}: an address outside the file"
        raise MalformedError(message)

    def name(self, what: str, address: int) -> str:
        """Return the name at an address."""
        return self.window.name(what, self.offset(what, address))

    def section(self, *names: str) -> bytes:
        """Return the bytes of the first section that has one of the names, or none.

        Names above eight bytes are not looked at.
        """
        wanted = {name.encode() for name in names}
        for section in self.sections:
            if section.name in wanted:
                return self.window.data[section.offset : section.offset + section.size]
        return b""

    def section_names(self) -> Iterator[bytes]:
        """Return the names of the sections, those above eight bytes too.

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

    Raise ``MalformedError`` if they are incomplete, or if a section is not completely
    in the file, as the loader also requires.
    """
    window = open_window(data, "<")
    what = "pe header"
    (place,) = window.row(what, "I", _SIGNATURE_PLACE)
    place += len(_SIGNATURE)
    machine, section_count, symbols, symbol_count, optional_size, characteristics = (
        window.row(what, _FILE_HEADER, place)
    )
    optional = place + calcsize(f"={_FILE_HEADER}")
    (magic,) = window.row(what, "H", optional)
    is_pe = data.startswith(b"MZ") and data.endswith(_SIGNATURE, 0, place)
    if not is_pe or magic not in _OPTIONAL_HEADERS:
        message = "pe header: unknown kind"
        raise MalformedError(message)
    layout = _OPTIONAL_HEADERS[magic]
    image_base, alignment, size, count = window.row(what, layout, optional)
    return PeHeaders(
        window=window,
        machine=machine,
        characteristics=characteristics,
        is_64_bit=magic == _PE32_PLUS,
        image_base=image_base,
        size=size,
        coff_symbols=symbols,
        coff_symbol_count=symbol_count,
        directories=tuple(
            window.rows(
                what,
                _DIRECTORY,
                optional + calcsize(f"={layout}"),
                min(count, _MOST_DIRECTORIES),
            )
        ),
        sections=_sections(window, optional + optional_size, section_count, alignment),
    )


def _sections(
    window: BytesWindow, start: int, count: int, alignment: int
) -> tuple[PeSection, ...]:
    what = "sections"
    sections = []
    for name, address, size, place, rights in window.rows(what, _SECTION, start, count):
        offset = place - place % _SECTOR if alignment >= _SECTOR else place
        # PointerToRawData is zero if all of the section's data is uninitialized:
        # https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#section-table-section-headers
        length = size if place else 0
        section = PeSection(address, offset, length, name.rstrip(b"\0"), rights)
        window.part(what, section.offset, section.size)
        sections.append(section)
    return tuple(sorted(sections))
