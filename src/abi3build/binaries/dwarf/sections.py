"""Gather the sections with debug information, inflated where they are compressed.

Each is a window with an allowance of its own: what is read there for an explanation
must not be taken from what the tables of the loader may cost.
"""

from __future__ import annotations

import zlib

from abi3build.binaries.window import Allowance, Window
from abi3build.errors import MalformedError
from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Callable

__all__ = ["NAMES", "DwarfSections", "gather", "inflated", "part_of"]

_UNITS = "info"
NAMES = (_UNITS, "abbrev", "str", "str_offsets", "line_str")
"""The sections that are looked at, without ``.debug_`` or ``__debug_``."""

_LARGEST_INFLATED = 256 << 20
_SHARE = 8
"""How often each byte of the abbreviations may be paid for: they are read in small
pieces, and once more for each unit that shares them."""


class DwarfSections(NamedTuple):
    """Hold the sections that are looked at; a missing one is an empty window."""

    info: Window
    abbreviations: Window
    strings: Window
    string_offsets: Window
    line_strings: Window

    def has_text_end(self, text: bytes) -> bool:
        """Tell whether some text ends so, wherever texts may be (DWARF 5, 7.5.5)."""
        end = text + b"\0"
        return any(
            window.data.find(end, window.start, window.start + window.size) >= 0
            for window in (self.strings, self.line_strings, self.info)
        )


def gather(find: Callable[[str], Window | None]) -> DwarfSections | None:
    """Ask for each section by its short name; None where there are no units at all."""
    info = find(_UNITS)
    if info is None or not info.size:
        return None
    empty = Window(b"", info.byte_order, 0, 0, Allowance(0))
    others = [find(name) or empty for name in NAMES if name != _UNITS]
    return DwarfSections(info, *others)


def part_of(window: Window, offset: int, size: int) -> Window:
    """Look at a section where it lies in the file, without a copy."""
    part = window.part("debug information", offset, size)
    allowance = Allowance(_SHARE * size)
    return Window(part.data, part.byte_order, part.start, part.size, allowance)


def inflated(window: Window, size: int) -> Window:
    """Inflate a section to its size in bytes.

    Raise ``MalformedError`` where it is not that size, or larger than any that is read.
    """
    if size > _LARGEST_INFLATED:
        message = "debug information: more than is searched"
        raise MalformedError(message)
    packed = window.data[window.start : window.start + window.size]
    try:
        data = zlib.decompressobj().decompress(packed, size)
    except zlib.error:
        data = b""
    if len(data) != size:
        message = "debug information: damaged in its compression"
        raise MalformedError(message)
    return Window(data, window.byte_order, 0, size, Allowance(_SHARE * size))
