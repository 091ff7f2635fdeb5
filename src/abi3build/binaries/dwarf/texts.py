"""Give the texts of DWARF's entries, in whatever way they are written.

Specification: https://dwarfstd.org/doc/DWARF5.pdf, 7.5.5 (string) and 7.26.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.dwarf.sections import DwarfSections
    from abi3build.binaries.dwarf.units import Entry, Unit
    from abi3build.binaries.window import Window

__all__ = ["STRING", "STRP", "STRX", "STRX_SIZES", "offset_at", "text_of"]

STRING, STRP, STRX = 0x08, 0x0E, 0x1A
"""The forms of a text in its place, at an offset, and by a number in LEB128."""

STRX_SIZES = {0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4}
"""The forms of a text by a number of a fixed size; the size in bytes."""

_LINE_STRP = 0x1F
_WHAT = "debug information"


def text_of(
    sections: DwarfSections, unit: Unit, base: int, given: Entry, name: int
) -> bytes:
    """Give the text of an attribute; empty where it has none that is known.

    Comes in: where the unit's table of string offsets begins.
    """
    form, place = given.attributes.get(name, (0, 0))
    info = sections.info
    if form == STRING:
        return info.text(_WHAT, place)
    if form == STRP:
        return sections.strings.text(_WHAT, offset_at(info, unit, place))
    if form == _LINE_STRP:
        return sections.line_strings.text(_WHAT, offset_at(info, unit, place))
    if form == STRX:
        index, _ = info.uleb128(_WHAT, place)
    elif form in STRX_SIZES:
        part = info.part(_WHAT, place, STRX_SIZES[form])
        written = info.data[part.start : part.start + part.size]
        index = int.from_bytes(written, info.order)
    else:
        return b""
    offsets = sections.string_offsets
    offset = offset_at(offsets, unit, base + index * unit.offset_size)
    return sections.strings.text(_WHAT, offset)


def offset_at(window: Window, unit: Unit, place: int) -> int:
    """Read an offset of the unit's size."""
    (offset,) = window.row(_WHAT, "I" if unit.offset_size == 4 else "Q", place)  # noqa: PLR2004 - bytes
    return int(offset)
