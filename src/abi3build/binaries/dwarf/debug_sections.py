"""Gather the sections with debug information, and decompress them if necessary.

Each is a window with an allowance of its own: what is read there for an explanation
must not be taken from what the tables of the loader may cost.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import Allowance, BytesWindow
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from typing import Callable

    from abi3build.binaries.dwarf.debug_units import DebugEntry, Unit

__all__ = [
    "NAMES",
    "STRING",
    "STRP",
    "STRX",
    "STRX_SIZES",
    "DwarfSections",
    "gather",
    "inflated",
    "offset_at",
    "part_of",
    "text_of",
]


STRING, STRP, STRX = 0x08, 0x0E, 0x1A
"""The forms of a text in its place, at an offset, and by a number in LEB128."""

STRX_SIZES = {0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4}
"""The forms of a text by a number of a fixed size; the size in bytes."""

_LINE_STRP = 0x1F
_WHAT = "debug information"


def text_of(
    sections: DwarfSections, unit: Unit, base: int, given: DebugEntry, name: int
) -> bytes:
    """Return the text of an attribute; empty if it has none that is known.

    ``base`` is where the unit's table of string offsets begins.
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


def offset_at(window: BytesWindow, unit: Unit, place: int) -> int:
    """Read an offset of the unit's size."""
    (offset,) = window.row(_WHAT, "I" if unit.offset_size == 4 else "Q", place)  # noqa: PLR2004 - bytes
    return int(offset)


_UNITS = "info"
NAMES = (_UNITS, "abbrev", "str", "str_offsets", "line_str")
"""The sections that are looked at, without ``.debug_`` or ``__debug_``."""

_LARGEST_INFLATED = 256 << 20
_SHARE = 8
"""How often each byte of the abbreviations may be paid for: they are read in small
pieces, and once more for each unit that shares them."""


class DwarfSections(NamedTuple):
    """Contain the sections that are read; a missing one is an empty window."""

    info: BytesWindow
    abbreviations: BytesWindow
    strings: BytesWindow
    string_offsets: BytesWindow
    line_strings: BytesWindow

    def has_text_end(self, text: bytes) -> bool:
        """Tell whether some text ends so, wherever texts may be (DWARF 5, 7.5.5)."""
        end = text + b"\0"
        return any(
            window.data.find(end, window.start, window.start + window.size) >= 0
            for window in (self.strings, self.line_strings, self.info)
        )


def gather(find: Callable[[str], BytesWindow | None]) -> DwarfSections | None:
    """Read each section by its short name; return None if there are no units at all."""
    info = find(_UNITS)
    if info is None or not info.size:
        return None
    empty = BytesWindow(b"", info.byte_order, 0, 0, Allowance(0))
    others = [find(name) or empty for name in NAMES if name != _UNITS]
    return DwarfSections(info, *others)


def part_of(window: BytesWindow, offset: int, size: int) -> BytesWindow:
    """Return a window on a section in the file, without a copy."""
    part = window.part("debug information", offset, size)
    allowance = Allowance(_SHARE * size)
    return BytesWindow(part.data, part.byte_order, part.start, part.size, allowance)


def inflated(window: BytesWindow, size: int) -> BytesWindow:
    """Inflate a section to its size in bytes.

    Raise ``MalformedError`` if it is not that size, or larger than any that is read.
    """
    if size > _LARGEST_INFLATED:
        message = "debug information: larger than is searched"
        raise MalformedError(message)
    packed = window.data[window.start : window.start + window.size]
    try:
        data = zlib.decompressobj().decompress(packed, size)
    except zlib.error:
        data = b""
    if len(data) != size:
        message = "debug information: damaged compressed data"
        raise MalformedError(message)
    return BytesWindow(data, window.byte_order, 0, size, Allowance(_SHARE * size))
