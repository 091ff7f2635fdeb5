"""What an object file tells of its code, whatever its format."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from abi3build.light_typing import NamedTuple

__all__ = ["ObjectCode", "Row", "Span", "Use", "readable_name"]

_MANGLED = re.compile("_Z(?P<nested>N)?[KLVr]*")
_LENGTH = re.compile("[0-9]{1,4}")


class Use(NamedTuple):
    """Say where a symbol is used: a section by its number, and an offset in it."""

    symbol: str
    section: int
    offset: int


class Span(NamedTuple):
    """Say from where to where a function or a variable reaches in its section."""

    start: int
    end: int
    name: str
    """A function's with ``()``."""


class Row(NamedTuple):
    """Say with which line of a source the code at an offset begins."""

    offset: int
    file: str
    line: int


@dataclass(frozen=True)
class ObjectCode:
    """Hold the uses of some symbols, and what lies around them, by section."""

    uses: tuple[Use, ...] = ()
    spans: dict[int, list[Span]] = field(default_factory=dict)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    """Sorted by offset; none without debug information."""

    def name_at(self, use: Use) -> str:
        """Name the function or variable around a use; empty where there is none."""
        spans = self.spans.get(use.section, [])
        return next(
            (span.name for span in spans if span.start <= use.offset < span.end), ""
        )

    def line_at(self, use: Use) -> tuple[str, int]:
        """Give the source and the line of a use; empty and 0 where unknown."""
        rows = self.rows.get(use.section, [])
        index = bisect_right([row.offset for row in rows], use.offset) - 1
        return rows[index][1:] if index >= 0 else ("", 0)


def readable_name(name: str, *, is_function: bool) -> str:
    """Give a symbol's name without a C++ function's parameters, if it is plain.

    https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling-structure
    """
    begin = _MANGLED.match(name)
    parts: list[str] = []
    at = begin.end() if begin is not None else len(name)
    while length := _LENGTH.match(name, at):
        at = length.end() + int(length[0])
        parts.append(name[length.end() : at])
        if begin is None or not begin["nested"]:
            break
    plain = "::".join(parts) or name
    return f"{plain}()" if is_function else plain
