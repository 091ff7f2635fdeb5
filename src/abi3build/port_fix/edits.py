"""Changes of a source as spans of bytes with their replacements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Edit",
    "OverlapError",
    "apply_edits",
    "indentation_at",
    "offset_of",
    "with_whole_line",
]

_INDENTATION = re.compile(rb"[ \t]*")


class OverlapError(Exception):
    """Report that two edits of one file touch the same bytes."""


@dataclass(frozen=True, order=True)
class Edit:
    """Replace some bytes with a text; if both ends are equal, insert it."""

    start: int
    end: int
    text: bytes


def apply_edits(source: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the source with every edit made; equal edits count once.

    Raise ``OverlapError`` if two edits want the same bytes.
    """
    pieces = []
    at = 0
    for edit in sorted(set(edits)):
        if edit.start < at:
            message = f"two edits overlap at byte {edit.start}"
            raise OverlapError(message)
        pieces += [source[at : edit.start], edit.text]
        at = edit.end
    return b"".join([*pieces, source[at:]])


def indentation_at(source: bytes, offset: int) -> bytes:
    """Return the blanks with which the line of an offset begins."""
    start = source.rfind(b"\n", 0, offset) + 1
    found = _INDENTATION.match(source, start)
    return found[0] if found else b""


def with_whole_line(source: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the span with its line's blanks and newline if nothing else is there."""
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", end)
    last = len(source) if last < 0 else last + 1
    if source[first:start].strip() or source[end:last].strip():
        return start, end
    return first, last


def offset_of(source: bytes, line: int, column: int) -> int:
    """Return the offset of a place as compilers name it, both numbers from 1."""
    at = 0
    for _ in range(line - 1):
        at = source.find(b"\n", at) + 1
    return at + column - 1
