"""Follow the dynamic section of an ELF file to what the loader finds through it.

Specifications: https://gabi.xinuos.com/ (System V ABI) and, for symbol versions,
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html

ElfSection headers have no part in this: the loader does not read them, and the file may
be without them.  What they would tell, the number of symbols, hash tables tell.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import compress, islice, takewhile
from operator import itemgetter
from struct import calcsize
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.elf.elf_headers import PT_DYNAMIC
from abi3build.binaries.memory import (
    ELSEWHERE,
    MappedPart,
    Memory,
    PointersInPlace,
    numbers,
)
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection, Iterator

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.elf.elf_headers import ElfSymbol, ElfTables, Segment
    from abi3build.binaries.memory import Pointers

__all__ = ["DynamicSection", "dynamic_section", "elf_memory", "elf_pointers"]


_RELOCATION_SIZE = 24
"""``Elf64_Rela`` has three numbers of 64 bits: the place, the kind with the symbol's
number, and the addend."""

_SYMBOL_SECTION_AND_VALUE, _SYMBOL_SIZE = "6xHQ8x", 24

_EXECUTABLE, _WRITABLE = 1, 2
"""PF_X and PF_W of a segment."""

_MOST_OTHERS = 1 << 16
"""How many relocations that name a symbol are followed."""


def elf_memory(dynamic: DynamicSection) -> Memory:
    """Return the segments that the loader maps."""
    parts = (
        MappedPart(
            segment.address,
            segment.offset,
            segment.size,
            is_code=bool(segment.flags & _EXECUTABLE),
            has_pointers=bool(segment.flags & _WRITABLE),
        )
        for segment in dynamic.segments
        if segment.is_loaded
    )
    is_64_bit = dynamic.tables.bits == 64  # noqa: PLR2004 - bits
    return Memory(dynamic.tables.window, tuple(parts), is_64_bit)


def elf_pointers(dynamic: DynamicSection, memory: Memory) -> Pointers:
    """Return what follows the pointers of a file.

    Relocations without an addend of their own, DT_REL and DT_RELR, have it where the
    pointer will be.  Those of 32 bits are of that sort on every system of the wheels.
    """
    in_place = PointersInPlace(memory)
    if "DT_RELA" not in dynamic.tags or not memory.is_64_bit:
        return in_place
    return _ElfPointers(dynamic, in_place)


class _ElfPointers:
    """Follow pointers that relocations with addends fill in."""

    def __init__(self, dynamic: DynamicSection, in_place: PointersInPlace) -> None:
        self.dynamic = dynamic
        self.in_place = in_place

    def target(self, place: int) -> int | None:
        """Return the address in the pointer at an address; see ``Pointers``."""
        index = self._index(place)
        if index is None:
            target = self.in_place.target(place)
            return target if not target or self._has_addends_in_place else None
        return self._led_to(index)

    def is_filled_in(self, place: int) -> bool:
        """Tell whether the loader is known to write at an address."""
        return self._index(place) is not None

    def places(self, targets: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Return each pointer to some addresses with what it points to."""
        addends = self._table[2::3]
        for index in compress(range(len(addends)), map(targets.__contains__, addends)):
            if not self._table[3 * index + 1] >> 32:
                yield self._table[3 * index], addends[index]
        for place, index in islice(self._others.items(), _MOST_OTHERS):
            if self._table[3 * index + 1] >> 32:
                target = self._led_to(index)
                if target in targets:
                    yield place, target
        if self._has_addends_in_place:
            yield from self.in_place.places(targets)

    def _index(self, place: int) -> int | None:
        index = bisect_left(self._relative, place)
        if index < len(self._relative) and self._relative[index] == place:
            return index
        return self._others.get(place)

    def _led_to(self, index: int) -> int:
        _, kind, addend = self._table[3 * index : 3 * index + 3]
        if not kind >> 32:
            return addend
        start = self.dynamic.offset("DT_SYMTAB") + (kind >> 32) * _SYMBOL_SIZE
        section, value = self.in_place.memory.window.row(
            "dynamic symbols", _SYMBOL_SECTION_AND_VALUE, start
        )
        return value + addend if section else ELSEWHERE

    @property
    def _has_addends_in_place(self) -> bool:
        return "DT_RELR" in self.dynamic.tags

    @cached_property
    def _table(self) -> array[int]:
        what = "relocations"
        size = self.dynamic.value("DT_RELASZ")
        whole = size - size % _RELOCATION_SIZE
        window = self.in_place.memory.window
        body = window.part(what, self.dynamic.offset("DT_RELA"), whole)
        body.allowance.spend(what, whole)
        return numbers(body, "Q")

    @cached_property
    def _relative(self) -> array[int]:
        """Return the places of the first relocations, which linkers sort by them."""
        return self._table[: 3 * self.dynamic.value("DT_RELACOUNT") : 3]

    @cached_property
    def _others(self) -> dict[int, int]:
        """Return the number of each relocation behind them by its place."""
        first = len(self._relative)
        places = self._table[3 * first :: 3]
        return dict(zip(places, range(first, first + len(places))))


_TAGS = {
    1: "DT_NEEDED",
    2: "DT_PLTRELSZ",
    3: "DT_PLTGOT",
    4: "DT_HASH",
    5: "DT_STRTAB",
    6: "DT_SYMTAB",
    7: "DT_RELA",
    8: "DT_RELASZ",
    10: "DT_STRSZ",
    14: "DT_SONAME",
    16: "DT_SYMBOLIC",
    17: "DT_REL",
    18: "DT_RELSZ",
    20: "DT_PLTREL",
    21: "DT_DEBUG",
    23: "DT_JMPREL",
    25: "DT_INIT_ARRAY",
    26: "DT_FINI_ARRAY",
    30: "DT_FLAGS",
    36: "DT_RELR",
    0x6FFFFEF5: "DT_GNU_HASH",
    0x6FFFFFF0: "DT_VERSYM",
    0x6FFFFFF9: "DT_RELACOUNT",
    0x6FFFFFFB: "DT_FLAGS_1",
    0x6FFFFFFC: "DT_VERDEF",
    0x6FFFFFFE: "DT_VERNEED",
}
"""The tags that are read; others tell nothing of symbols."""

_TAG_LAYOUTS = {32: "II", 64: "QQ"}
"""By the class of the file."""

_EM_S390, _EM_ALPHA = 22, 0x9026
_HASHES_OF_EITHER_WIDTH = (_EM_ALPHA, _EM_S390)
"""Machines on which DT_HASH has words of 64 bits from GNU ld and of 32 from lld."""

_NEEDED_LIBRARY, _NEEDED_VERSION = "4xIII", "8xII"
"""``Verneed``: the library's name, the way to its versions and to the next library;
``Vernaux``: the version's name and the way to the next one."""

_TABLE_TAGS = (
    "DT_FINI_ARRAY",
    "DT_GNU_HASH",
    "DT_HASH",
    "DT_INIT_ARRAY",
    "DT_JMPREL",
    "DT_PLTGOT",
    "DT_REL",
    "DT_RELA",
    "DT_RELR",
    "DT_STRTAB",
    "DT_VERDEF",
    "DT_VERNEED",
    "DT_VERSYM",
)
"""The tags whose values are addresses of tables."""


class DynamicSection(NamedTuple):
    """Contain the dynamic tags with what is needed to follow them."""

    tables: ElfTables
    segments: tuple[Segment, ...]
    tags: dict[str, list[int]]
    """By tag, the values in the order of the file."""

    def value(self, tag: str) -> int:
        """Return the last value of a tag, which is the loader's, or 0 without one."""
        return self.tags.get(tag, [0])[-1]

    def offset(self, tag: str) -> int:
        """Return the place in the file of the table that a tag points to."""
        address = self.value(tag)
        for segment in self.segments:
            if segment.is_loaded and 0 <= address - segment.address < segment.size:
                return segment.offset + address - segment.address
        message = f"dynamic section: {tag} points outside the file"
        raise MalformedError(message)

    def strings(self) -> BytesWindow:
        """Return the table that holds every name of the dynamic section."""
        what = "string table"
        if "DT_STRTAB" not in self.tags:
            return self.tables.window.part(what, 0, 0)
        start, size = self.offset("DT_STRTAB"), self.value("DT_STRSZ")
        return self.tables.window.part(what, start, size)

    def symbols(self, names: Collection[int]) -> Iterator[ElfSymbol]:
        """Return the dynamic symbols whose names are at some offsets."""
        return (symbol for _, symbol in self.numbered_symbols(names))

    def numbered_symbols(
        self, names: Collection[int]
    ) -> Iterator[tuple[int, ElfSymbol]]:
        """Return those symbols with the numbers by which relocations name them."""
        if "DT_SYMTAB" not in self.tags or not names:
            return iter(())
        start = self.offset("DT_SYMTAB")
        what = "dynamic symbols"
        return self.tables.numbered_symbols(what, start, self._symbol_count(), names)

    def all_symbols(self) -> Iterator[ElfSymbol]:
        """Return every dynamic symbol in the order of the file."""
        if "DT_SYMTAB" not in self.tags:
            return iter(())
        start = self.offset("DT_SYMTAB")
        return self.tables.all_symbols("dynamic symbols", start, self._symbol_count())

    def _symbol_count(self) -> int:
        return self._hashed_symbols() or self._symbols_before_next_table()

    def version_needs(self) -> Iterator[tuple[int, int]]:
        """Return pairs of library and symbol version, as offsets of their names."""
        if "DT_VERNEED" not in self.tags:
            return
        what = "version needs"
        rows = self.tables.window.row
        library = self.offset("DT_VERNEED")
        step = library
        while step:
            name, versions, step = rows(what, _NEEDED_LIBRARY, library)
            for version in self._versions(what, library + versions):
                yield name, version
            library += step

    def _versions(self, what: str, offset: int) -> Iterator[int]:
        step = offset
        while step:
            name, step = self.tables.window.row(what, _NEEDED_VERSION, offset)
            yield name
            offset += step

    def _hashed_symbols(self) -> int:
        count = self._gnu_hashed_symbols() if "DT_GNU_HASH" in self.tags else 0
        is_known = self.tables.header.e_machine not in _HASHES_OF_EITHER_WIDTH
        if not count and is_known and "DT_HASH" in self.tags:
            start = self.offset("DT_HASH")
            _, count = self.tables.window.row("hash table", "2I", start)
        return count

    def _gnu_hashed_symbols(self) -> int:
        """Return the end of the last chain, which is the end of the symbols.

        GNU ld writes an empty table if nothing is exported; it says nothing about
        the imports, which come first, and 0 is given.  The only description is
        https://sourceware.org/legacy-ml/binutils/2006-10/msg00377.html
        """
        what = "hash table"
        window = self.tables.window
        start = self.offset("DT_GNU_HASH")
        bucket_count, first, bloom_size, _ = window.row(what, "4I", start)
        start += 16 + bloom_size * self.tables.bits // 8
        buckets = window.rows(what, "I", start, bucket_count)
        last = max((bucket for (bucket,) in buckets), default=0)
        if last < max(first, 1):
            return 0
        chain = window.rows_from(what, "I", start + (bucket_count + last - first) * 4)
        return next(end for end, (value,) in enumerate(chain, last + 1) if value & 1)

    def _symbols_before_next_table(self) -> int:
        start = self.value("DT_SYMTAB")
        tables = [self.value(tag) for tag in _TABLE_TAGS if tag in self.tags]
        ends = [segment.address + segment.size for segment in self.segments]
        end = min((end for end in tables + ends if end > start), default=start)
        return (end - start) // self.tables.symbol_size


def dynamic_section(tables: ElfTables) -> DynamicSection:
    """Read the program headers and the dynamic section, which may be empty."""
    segments = tables.segments()
    for segment in segments:
        if segment.is_loaded:
            tables.window.part("segments", segment.offset, segment.size)
    found = [segment for segment in segments if segment.type == PT_DYNAMIC]
    layout = _TAG_LAYOUTS[tables.bits]
    tags: dict[str, list[int]] = {}
    # If a file has several, the loader uses the last, too.
    for segment in found[-1:]:
        count = segment.size // calcsize(f"={layout}")
        rows = tables.window.rows("dynamic section", layout, segment.offset, count)
        for number, value in takewhile(itemgetter(0), rows):
            if number in _TAGS:
                tags.setdefault(_TAGS[number], []).append(value)
    return DynamicSection(tables, segments, tags)
