"""Follow the pointers in the data of an ELF file, which the loader fills in.

Specification: https://gabi.xinuos.com/ (System V ABI), "Relocation".
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import compress, islice

from abi3build.binaries.tables.memory import (
    ELSEWHERE,
    MappedPart,
    Memory,
    PointersInPlace,
    numbers,
)
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

    from abi3build.binaries.elf.dynamic import DynamicSection
    from abi3build.binaries.tables.memory import Pointers

__all__ = ["elf_memory", "elf_pointers"]

_RELOCATION_SIZE = 24
"""``Elf64_Rela`` has three numbers of 64 bits: the place, the kind with the symbol's
number, and the addend."""

_SYMBOL_SECTION_AND_VALUE, _SYMBOL_SIZE = "6xHQ8x", 24

_EXECUTABLE, _WRITABLE = 1, 2
"""PF_X and PF_W of a segment."""

_MOST_OTHERS = 1 << 16
"""How many relocations that name a symbol are asked where they lead to."""


def elf_memory(dynamic: DynamicSection) -> Memory:
    """Give the segments that the loader maps."""
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
    """Give what follows the pointers of a file.

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
        """Give the address in the pointer at an address; see ``Pointers``."""
        index = self._index(place)
        if index is None:
            target = self.in_place.target(place)
            return target if not target or self._has_addends_in_place else None
        return self._led_to(index)

    def is_filled_in(self, place: int) -> bool:
        """Tell whether the loader is known to write at an address."""
        return self._index(place) is not None

    def places(self, targets: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Give each pointer to some addresses with what it points to."""
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
        """Give the places of the first relocations, which linkers sort by them."""
        return self._table[: 3 * self.dynamic.value("DT_RELACOUNT") : 3]

    @cached_property
    def _others(self) -> dict[int, int]:
        """Give the number of each relocation behind them by its place."""
        first = len(self._relative)
        places = self._table[3 * first :: 3]
        return dict(zip(places, range(first, first + len(places))))
