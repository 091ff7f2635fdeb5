"""Walk DWARF's units, abbreviations and entries, as far as one question needs it.

Specification: https://dwarfstd.org/doc/DWARF5.pdf, chapter 7 for the encodings; DWARF 2
to 4 differ in the headers alone.  pyelftools builds an object for each entry, some 30
microseconds, and extensions with hundreds of megabytes of DWARF exist; here nothing is
walked but what was found by its bytes before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = [
    "Abbreviation",
    "DebugEntry",
    "Unit",
    "abbreviations",
    "entry",
    "fixed_size",
    "units",
]


_64_BIT = 0xFFFFFFFF
_NEWEST_VERSION = 5
_FIRST_WITH_KINDS = 5
_KINDS_WITH_MORE = {0x02: 12, 0x04: 8, 0x05: 8, 0x06: 12}
"""By DW_UT_type, skeleton, split_compile and split_type: what follows in the header, in
bytes, where offsets have four; those of types have an offset among it."""

_MOST_ATTRIBUTES = 200_000
"""Of all abbreviations of a unit; those of large C++ units have some thousands."""

_SIZES = {
    0x05: 2,
    0x06: 4,
    0x07: 8,
    0x0B: 1,
    0x0C: 1,
    0x11: 1,
    0x12: 2,
    0x13: 4,
    0x14: 8,
    0x19: 0,
    0x1C: 4,
    0x1E: 16,
    0x20: 8,
    0x21: 0,
    0x24: 8,
    0x25: 1,
    0x26: 2,
    0x27: 3,
    0x28: 4,
    0x29: 1,
    0x2A: 2,
    0x2B: 3,
    0x2C: 4,
}
"""The forms of a size that is always the same, in bytes (7.5.6)."""

_OFFSETS = {0x0E, 0x10, 0x17, 0x1D, 0x1F, 0x1F20, 0x1F21}
"""The forms that are offsets into a section, those of dwz included."""

_ADDRESS = 0x01
_NUMBERS = {0x0D, 0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23}
"""The forms in LEB128."""

_STRING = 0x08
_BLOCK_SIZES = {0x03: "H", 0x04: "I", 0x0A: "B"}
_BLOCKS = {0x09, 0x18}
_IMPLICIT_CONST = 0x21


class Unit(NamedTuple):
    """Say where a unit is in ``.debug_info``, and how its numbers are encoded."""

    start: int
    first_entry: int
    end: int
    version: int
    offset_size: int
    address_size: int
    abbreviations: int
    """The place of its abbreviations in their section."""


class Abbreviation(NamedTuple):
    """Describe the entries of one kind."""

    tag: int
    has_children: bool
    attributes: tuple[tuple[int, int], ...]
    """The name and the form of each, in their order."""


class DebugEntry(NamedTuple):
    """Describe one entry: its kind, the place of each attribute, and the next entry."""

    abbreviation: Abbreviation
    attributes: dict[int, tuple[int, int]]
    """By its name, the form of an attribute and its place."""

    end: int


def units(info: BytesWindow) -> Iterator[Unit]:
    """Return the units in their order; linkers for Windows put zeros behind the last.

    Raise ``MalformedError`` if a header is not what the specification says.
    """
    start = 0
    while start < info.size:
        unit = _unit(info, start)
        if unit is None:
            return
        yield unit
        start = unit.end


def _unit(info: BytesWindow, start: int) -> Unit | None:
    what = "debug information"
    (length,) = info.row(what, "I", start)
    offset_size, place = 4, start + 4
    # Padding that linkers for Windows put after the last unit.
    if not length:
        return None
    if length == _64_BIT:
        (length,) = info.row(what, "Q", place)
        offset_size, place = 8, start + 12
    end = place + length
    offset = "Q" if offset_size == 8 else "I"  # noqa: PLR2004 - as in the line above
    (version,) = info.row(what, "H", place)
    place += 2
    if not 1 < version <= _NEWEST_VERSION or end > info.size:
        message = f"{what}: a unit of unknown version or size"
        raise MalformedError(message)
    if version < _FIRST_WITH_KINDS:
        table, address_size = info.row(what, f"{offset}B", place)
        place += offset_size + 1
    else:
        kind, address_size, table = info.row(what, f"BB{offset}", place)
        place += 2 + offset_size
        # Skeleton, split and type units have a longer header (DWARF 5, 7.5.1).
        more = _KINDS_WITH_MORE.get(kind, 0)
        place += more + (offset_size - 4 if more > offset_size else 0)
    return Unit(start, place, end, version, offset_size, address_size, table)


def abbreviations(
    table: BytesWindow, offset: int
) -> Iterator[tuple[int, Abbreviation]]:
    """Read the abbreviations that begin at an offset, each with its code.

    The first one is that of the unit itself, by custom.  Raise ``MalformedError`` if
    they are incomplete or more than any unit has.
    """
    what = "abbreviations"
    room = _MOST_ATTRIBUTES
    while room > 0:
        code, offset = table.uleb128(what, offset)
        if not code:
            return
        tag, offset = table.uleb128(what, offset)
        (has_children,) = table.row(what, "B", offset)
        attributes = []
        for name, form, following in _attributes(table, offset + 1):
            attributes.append((name, form))
            offset = following
            room -= 1
            if not room:
                break
        yield code, Abbreviation(tag, bool(has_children), tuple(attributes[:-1]))
    message = f"{what}: more than a unit can have"
    raise MalformedError(message)


def _attributes(table: BytesWindow, offset: int) -> Iterator[tuple[int, int, int]]:
    """Return each attribute's name and form, the final zeros too, and what follows."""
    what = "abbreviations"
    name = form = -1
    while name or form:
        name, offset = table.uleb128(what, offset)
        form, offset = table.uleb128(what, offset)
        # The only form whose value is in the abbreviation itself (DWARF 5, 7.5.3).
        if form == _IMPLICIT_CONST:
            _, offset = table.uleb128(what, offset)
        yield name, form, offset


def entry(
    info: BytesWindow, unit: Unit, kinds: dict[int, Abbreviation], place: int
) -> DebugEntry | None:
    """Return the entry at a place; None if no sibling is left.

    Raise ``MalformedError`` if it is of an unknown kind or leaves the unit.
    """
    code, place = info.uleb128("debug information", place)
    if not code:
        return None
    kind = kinds.get(code)
    if kind is None:
        message = "debug information: an entry of unknown kind"
        raise MalformedError(message)
    attributes = {}
    for name, form in kind.attributes:
        attributes[name] = form, place
        place = _after(info, unit, form, place)
    if place > unit.end:
        message = "debug information: an entry that extends beyond its unit"
        raise MalformedError(message)
    return DebugEntry(kind, attributes, place)


def fixed_size(unit: Unit, form: int) -> int | None:
    """Return the size of a form in bytes; None if each value has its own."""
    if form in _OFFSETS:
        return unit.offset_size
    return unit.address_size if form == _ADDRESS else _SIZES.get(form)


def _after(info: BytesWindow, unit: Unit, form: int, place: int) -> int:
    what = "debug information"
    size = fixed_size(unit, form)
    if size is not None:
        return place + size
    if form in _NUMBERS:
        return info.uleb128("debug information", place)[1]
    if form == _STRING:
        return place + len(info.text(what, place)) + 1
    if form in _BLOCK_SIZES:
        (size,) = info.row(what, _BLOCK_SIZES[form], place)
        width = {"B": 1, "H": 2, "I": 4}[_BLOCK_SIZES[form]]
        return place + width + int(size)
    if form in _BLOCKS:
        size, place = info.uleb128("debug information", place)
        return place + size
    message = f"{what}: an attribute of unknown form"
    raise MalformedError(message)
