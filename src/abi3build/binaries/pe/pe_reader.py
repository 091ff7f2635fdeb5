"""Read a PE image: the libraries, modules and programs of Windows.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
"""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from itertools import compress, repeat, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.dwarf.debug_sections import part_of
from abi3build.binaries.image import PREFIXES, BinaryFormat, Image, Import
from abi3build.binaries.image_layout import ImageLayout, ReadImage
from abi3build.binaries.memory import MappedPart, Memory, PointersInPlace
from abi3build.binaries.pe.pe_headers import open_pe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.pe.pe_headers import PeHeaders

__all__ = ["read_pe"]


_MACHINES = {0x14C: "i686", 0x1C4: "arm32", 0x8664: "x86_64", 0xAA64: "arm64"}

_EXPORTS, _IMPORTS, _DEBUG, _BOUND_IMPORTS, _DELAYED_IMPORTS = 0, 1, 6, 11, 13
"""The places of the directories in the optional header."""

_IMAGE_FILE_DLL = 0x2000
_IMAGE_DEBUG_TYPE_CODEVIEW = 2
_DEBUG_ENTRY_SIZE = 28

_RELATIVE = 1
"""The attribute of a delayed library whose addresses are relative to the image."""

_TABLE_ENTRIES = {False: ("I", 1 << 31), True: ("Q", 1 << 63)}
"""By whether the image is of 64 bits: the layout, and the bit of an ordinal."""


class _Library(NamedTuple):
    """Say where the imports from one library are listed."""

    name: str
    table: int
    base: int = 0
    """What the addresses in the table count from, relative to the image."""

    delayed: bool = False


class _ExportNames:
    """Return each exported name when it is asked for."""

    def __init__(self, headers: PeHeaders, addresses: Sequence[int]) -> None:
        self._headers = headers
        self._addresses = addresses

    def __len__(self) -> int:
        return len(self._addresses)

    def __getitem__(self, number: int) -> bytes:
        what = "export directory"
        place = self._headers.offset(what, self._addresses[number])
        return self._headers.window.text(what, place)


def read_pe(data: bytes) -> ReadImage:
    """Read one PE file for any processor of Windows.

    The libraries are those that the loader opens at once; one with delayed loading
    stands with its imports only.  CodeView counts as debug information even if it
    merely names a PDB file.

    Raise ``MalformedError`` if the file is not what its headers say.
    """
    headers = open_pe(data)
    install_name, exports = _exports(headers)
    libraries = (*_libraries(headers), *_delayed_libraries(headers))
    names = {library.name for library in libraries if not library.delayed}
    imports = {taken for library in libraries for taken in _imports(headers, library)}
    machine = _MACHINES.get(headers.machine, f"unknown-{headers.machine:#x}")
    image = Image(
        format=BinaryFormat.PE,
        machine=machine,
        imports=tuple(sorted(imports)),
        exports=tuple(sorted(exports)),
        libraries=tuple(sorted(names.union(_bound_libraries(headers)))),
        install_name=install_name,
        is_shared_library=bool(headers.characteristics & _IMAGE_FILE_DLL),
        symbol_table_stripped=not headers.coff_symbol_count,
        has_debug_information=_has_debug_information(headers),
    )
    memory = _memory(headers)
    return ReadImage(
        image,
        ImageLayout(
            memory,
            partial(_pointers, headers, memory),
            code_places=partial(_code_places, headers, memory),
        ),
        headers.section,
        partial(_find_debug_section, headers),
    )


def _exports(headers: PeHeaders) -> tuple[str, set[str]]:
    """Return the name of the library itself and what it exports by name.

    What it takes from another library and passes on (a forwarder) is among it.
    """
    what = "export directory"
    address, _ = headers.directory(_EXPORTS)
    if not address:
        return "", set()
    window = headers.window
    own_name, count, names = window.row(
        what, "12xI8xI4xI4x", headers.offset(what, address)
    )
    table = window.rows(what, "I", headers.offset(what, names), count)
    places = [place for (place,) in table]
    exports = {name for each in PREFIXES for name in _beginning(headers, places, each)}
    return headers.name(what, own_name), exports


def _beginning(
    headers: PeHeaders, addresses: Sequence[int], prefix: bytes
) -> Iterator[str]:
    """Return the exported names with a prefix, found as the loader finds names.

    They are sorted, so that it can halve the table again and again.
    """
    what = "export directory"
    names = _ExportNames(headers, addresses)
    for number in range(bisect_left(names, prefix), len(names)):
        if not names[number].startswith(prefix):
            break
        yield headers.name(what, addresses[number])


def _libraries(headers: PeHeaders) -> Iterator[_Library]:
    what = "import directory"
    for names, name, table in _entries(headers, what, _IMPORTS, "I8xII", 1):
        # Before it is bound to addresses, the second table is a copy of the first;
        # some old linkers wrote the second only.
        yield _Library(headers.name(what, name), names or table)


def _delayed_libraries(headers: PeHeaders) -> Iterator[_Library]:
    what = "delayed import directory"
    entries = _entries(headers, what, _DELAYED_IMPORTS, "II8xI12x", 1)
    for attributes, name, table in entries:
        base = 0 if attributes & _RELATIVE else headers.image_base
        yield _Library(headers.name(what, name - base), table, base, delayed=True)


def _bound_libraries(headers: PeHeaders) -> Iterator[str]:
    """Return the libraries to which the addresses in the image belong.

    The rows of libraries reached through a forwarder have the same layout.
    """
    what = "bound import directory"
    address, _ = headers.directory(_BOUND_IMPORTS)
    for (name,) in _entries(headers, what, _BOUND_IMPORTS, "4xH2x", 0):
        yield headers.name(what, address + name)


def _entries(
    headers: PeHeaders, what: str, number: int, layout: str, column: int
) -> Iterator[tuple[int, ...]]:
    """Return the rows of a directory before the one with a zero in a column."""
    address, _ = headers.directory(number)
    return _rows(headers, what, layout, address, column) if address else iter(())


def _rows(
    headers: PeHeaders, what: str, layout: str, address: int, column: int
) -> Iterator[tuple[int, ...]]:
    rows = headers.window.rows_from(what, layout, headers.offset(what, address))
    return takewhile(itemgetter(column), rows)


def _imports(headers: PeHeaders, library: _Library) -> Iterator[Import]:
    """Return what is taken from a library by number, or by a name like CPython's.

    Two bytes before each name hint at its place in the library.
    """
    what = "import table"
    layout, ordinal_bit = _TABLE_ENTRIES[headers.is_64_bit]
    window, hint_size = headers.window, 2
    start = headers.offset(what, library.table - library.base)
    entries = window.numbers_before_zero(what, layout, start)
    for entry in entries:
        if entry & ordinal_bit:
            window.allowance.keep(what, 0)
            yield Import(
                "", library.name, delayed=library.delayed, ordinal=entry & 0xFFFF
            )
    shift = hint_size - library.base
    names = [entry + shift for entry in entries if not entry & ordinal_bit]
    places = headers.offsets(what, names)
    are_wanted = map(window.data.startswith, repeat(PREFIXES), places)
    for place in compress(places, are_wanted):
        symbol = window.name(what, place)
        yield Import(symbol, library.name, delayed=library.delayed)


def _has_debug_information(headers: PeHeaders) -> bool:
    what = "debug directory"
    address, size = headers.directory(_DEBUG)
    entries = headers.window.rows(
        what, "12xI12x", headers.offset(what, address), size // _DEBUG_ENTRY_SIZE
    )
    has_codeview = any(kind == _IMAGE_DEBUG_TYPE_CODEVIEW for (kind,) in entries)
    return has_codeview or b".debug_info" in headers.section_names()


def _find_debug_section(headers: PeHeaders, name: str) -> BytesWindow | None:
    wanted = f".debug_{name}".encode()
    for found, section in zip(headers.section_names(), headers.sections):
        if found == wanted:
            return part_of(headers.window, section.offset, section.size)
    return None


def _memory(headers: PeHeaders) -> Memory:
    parts = (
        MappedPart(
            section.address,
            section.offset,
            section.size,
            is_code=section.is_code,
            has_pointers=section.has_pointers,
            is_constant=section.is_constant,
        )
        for section in headers.sections
    )
    return Memory(headers.window, tuple(parts), headers.is_64_bit)


def _pointers(headers: PeHeaders, memory: Memory) -> PointersInPlace:
    """Follow pointers, which are right for the address that the image prefers."""
    return PointersInPlace(memory, headers.image_base)


def _code_places(headers: PeHeaders, memory: Memory) -> CodePlaces:
    """Load what only the reading of machine code needs, and use it."""
    from abi3build.binaries.pe.pe_code_places import pe_code_places

    return pe_code_places(headers, memory)
