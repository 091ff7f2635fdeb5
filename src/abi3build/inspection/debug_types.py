"""Find the translation units that saw CPython's structures, in debug information.

Under the limit ``struct _typeobject`` is declared and never defined; outside it every
unit that includes Python.h gets the whole of it, with a member ``tp_name``, in C and in
C++, from GCC and from Clang (Include/object.h, Include/cpython/object.h).  Debug
information keeps the types that a unit uses, so that no finding is not proof.

The name is looked for at the speed of ``bytes.find`` first; only units that refer to it
are looked into, and there only the entries that begin with the right bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import dropwhile, islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.dwarf.debug_sections import (
    STRING,
    STRP,
    STRX,
    STRX_SIZES,
    offset_at,
    text_of,
)
from abi3build.binaries.dwarf.debug_units import abbreviations, entry, fixed_size, units
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.dwarf.debug_sections import DwarfSections
    from abi3build.binaries.dwarf.debug_units import Abbreviation, DebugEntry, Unit

__all__ = ["unlimited_units"]


_STRUCTURE, _MEMBER = 0x13, 0x0D
_NAME, _STRING_OFFSETS_BASE = 0x03, 0x72
"""Of tags and attributes (DWARF 5, 7.5.3 and 7.5.4)."""

_TYPE = b"_typeobject\0"
"""Some sources define a structure of that name themselves, without CPython's members,
such as pyerfa's ``ufunc.c``: ``struct _typeobject { int dummy; }``."""

_FIRST_MEMBERS = 4
_MOST_OFFSETS = 16
_MOST_INDEXES = 200_000
_MOST_SEARCHED = 1 << 31
"""In bytes, over all units and kinds of entries: some seconds."""

_MOST_CANDIDATES = 10_000
_HEADER_OF_OFFSETS = 8
"""The bytes in front of a table of string offsets; the first four give its length
without themselves (DWARF 5, 7.26)."""

_OFFSET_SIZE = 4
"""The size of offsets in units that are searched for indexed strings: compilers do not
write 64-bit ones."""


def unlimited_units(sections: DwarfSections, telling_member: bytes) -> Iterator[str]:
    """Name the units that were compiled without the limit, in the order of the file.

    Takes the name of a member that tells CPython's structure from others.  The names
    are those of their sources as the compiler was given them.  Raise ``MalformedError``
    if the search comes to what it cannot read.
    """
    return _Search(sections, telling_member).unlimited_units()


class _Search:
    """Search the units one by one, bounded by amounts and not by time."""

    def __init__(self, sections: DwarfSections, telling_member: bytes) -> None:
        self._sections = sections
        self._telling_member = telling_member
        self._info = sections.info
        self._offsets = _places(sections.strings, _TYPE, _MOST_OFFSETS)
        self._indexes = sorted(
            place
            for offset in self._offsets
            for place in _places(
                sections.string_offsets,
                offset.to_bytes(_OFFSET_SIZE, self._info.order),
                _MOST_INDEXES,
            )
        )
        self._searched = 0
        self._candidates = 0

    def unlimited_units(self) -> Iterator[str]:
        """Return the name of each unit that has the whole structure."""
        if not self._offsets and not _places(self._info, _TYPE, 1):
            return
        for unit in units(self._info):
            base = self._base(unit) if self._indexes else _HEADER_OF_OFFSETS
            names = self._names(unit, base)
            if names:
                view = _View(self._sections, unit, self._kinds(unit), base)
                places = self._matches(view, names)
                member = self._telling_member
                if any(view.structure_has(member, place) for place in places):
                    yield view.name

    def _kinds(self, unit: Unit) -> dict[int, Abbreviation]:
        return dict(abbreviations(self._sections.abbreviations, unit.abbreviations))

    def _base(self, unit: Unit) -> int:
        """Return where the table of string offsets begins; the own entry says so."""
        code, _ = self._info.uleb128("debug information", unit.first_entry)
        table = abbreviations(self._sections.abbreviations, unit.abbreviations)
        kinds = dict(islice(dropwhile(lambda each: each[0] != code, table), 1))
        root = entry(self._info, unit, kinds, unit.first_entry)
        if root is None or _STRING_OFFSETS_BASE not in root.attributes:
            return _HEADER_OF_OFFSETS
        _, place = root.attributes[_STRING_OFFSETS_BASE]
        return offset_at(self._info, unit, place)

    def _names(self, unit: Unit, base: int) -> dict[int, list[bytes]]:
        """Return the bytes with which a unit may refer to the name, by their form."""
        names = {
            STRP: [
                offset.to_bytes(unit.offset_size, self._info.order)
                for offset in self._offsets
            ],
            STRING: [_TYPE],
        }
        info, start = self._info, self._info.start
        self._spend(unit.end - unit.start)
        mentioned = {
            form: written
            for form, choices in names.items()
            if (
                written := [
                    each
                    for each in choices
                    if info.data.find(each, start + unit.first_entry, start + unit.end)
                    >= 0
                ]
            )
        }
        indexes = self._indexes_of(unit, base)
        for form, size in STRX_SIZES.items() if indexes else ():
            mentioned[form] = [
                each.to_bytes(size, self._info.order)
                for each in indexes
                if each < 1 << 8 * size
            ]
        if indexes:
            mentioned[STRX] = [_uleb128(each) for each in indexes]
        return mentioned

    def _indexes_of(self, unit: Unit, base: int) -> list[int]:
        """Return the numbers of the name in a unit's own table of strings."""
        if not self._indexes or unit.offset_size != _OFFSET_SIZE:
            return []
        (length,) = self._sections.string_offsets.row(
            "string offsets", "I", base - _HEADER_OF_OFFSETS
        )
        end = base - _HEADER_OF_OFFSETS + _OFFSET_SIZE + length
        first = bisect_left(self._indexes, base)
        last = bisect_left(self._indexes, end)
        return [
            (place - base) // _OFFSET_SIZE
            for place in self._indexes[first:last]
            if not (place - base) % _OFFSET_SIZE
        ]

    def _matches(self, view: _View, names: dict[int, list[bytes]]) -> Iterator[int]:
        """Return the places of entries that begin like a structure of the name."""
        unit, start = view.unit, self._info.start
        for pattern in view.beginnings(names):
            self._spend(unit.end - unit.start)
            match = pattern.search(
                self._info.data, start + unit.first_entry, start + unit.end
            )
            while match is not None:
                self._candidates += 1
                self._spend(0)
                yield match.start() - start
                match = pattern.search(
                    self._info.data, match.start() + 1, start + unit.end
                )

    def _spend(self, searched: int) -> None:
        self._searched += searched
        if self._searched > _MOST_SEARCHED or self._candidates > _MOST_CANDIDATES:
            message = "debug information: larger than is searched"
            raise MalformedError(message)


class _View(NamedTuple):
    """Look at one unit with its abbreviations."""

    sections: DwarfSections
    unit: Unit
    kinds: dict[int, Abbreviation]
    base: int
    """Where its table of string offsets begins."""

    @property
    def name(self) -> str:
        """Return the name of the source, as the compiler was given it."""
        root = self._entry(self.unit.first_entry)
        name = b"" if root is None else self._name(root)
        return name.decode("utf-8", "backslashreplace")

    def beginnings(self, names: dict[int, list[bytes]]) -> Iterator[re.Pattern[bytes]]:
        """Return what a definition begins with: its kind, some bytes, the name."""
        for code, kind in self.kinds.items():
            attributes = dict(kind.attributes)
            written = names.get(attributes.get(_NAME, 0), [])
            size = self._size_before_name(kind)
            if kind.tag != _STRUCTURE or size is None:
                continue
            for each in written:
                parts = re.escape(_uleb128(code)), b".{%d}" % size, re.escape(each)
                yield re.compile(b"".join(parts), re.DOTALL)

    def _size_before_name(self, kind: Abbreviation) -> int | None:
        sizes = [
            fixed_size(self.unit, form)
            for _, form in takewhile(lambda each: each[0] != _NAME, kind.attributes)
        ]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    def structure_has(self, name: bytes, place: int) -> bool:
        """Tell whether the structure at a place has a member among its first."""
        try:
            structure = self._entry(place)
            if structure is None or not structure.abbreviation.has_children:
                return False
            place = structure.end
            for _ in range(_FIRST_MEMBERS):
                member = self._entry(place)
                if member is None or member.abbreviation.tag != _MEMBER:
                    return False
                if self._name(member) == name:
                    return True
                place = member.end
        except MalformedError:
            # The bytes were there by chance.
            return False
        return False

    def _entry(self, place: int) -> DebugEntry | None:
        return entry(self.sections.info, self.unit, self.kinds, place)

    def _name(self, given: DebugEntry) -> bytes:
        return text_of(self.sections, self.unit, self.base, given, _NAME)


def _places(window: BytesWindow, text: bytes, most: int) -> list[int]:
    """Return the first places of some bytes in a section, in their order."""
    places: list[int] = []
    end = window.start + window.size
    place = window.data.find(text, window.start, end)
    while place >= 0 and len(places) < most:
        places.append(place - window.start)
        place = window.data.find(text, place + 1, end)
    return places


def _uleb128(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
