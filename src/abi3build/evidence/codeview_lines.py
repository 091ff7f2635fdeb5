"""The lines in CodeView, the debug information of Microsoft's compilers.

It is in the object with ``/Z7`` and Clang's ``-gcodeview``; with ``/Zi`` it is in a
file of its own.  Specification: ``CV_DebugSSubsectionHeader_t`` and what follows it in
https://github.com/microsoft/microsoft-pdb/blob/master/include/cvinfo.h
"""

from __future__ import annotations

import ntpath
from collections import defaultdict

from abi3build.evidence.object_code import Row
from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.pe.coff_tables import CoffTables, Section, Symbol
    from abi3build.binaries.window import Window

__all__ = ["codeview_rows"]

_SYMBOLS_SECTION = b".debug$S"
_SIGNATURE_SIZE = 4
_LINES, _STRINGS, _FILES = 0xF2, 0xF3, 0xF4
_LINE_NUMBER = (1 << 24) - 1
_NO_LINES = (0xF00F00, 0xFEEFEE)
"""What compilers write for code that no line made."""


class _Block(NamedTuple):
    """Hold the lines of one source within one function."""

    section: int
    start: int
    file: int
    """Its place among the files."""

    lines: tuple[tuple[int, int], ...]


def codeview_rows(
    tables: CoffTables, parts: list[Section], symbols: dict[int, Symbol]
) -> dict[int, list[Row]]:
    """Give the rows of all functions by section, sorted; none without CodeView."""
    blocks: list[_Block] = []
    names: dict[int, str] = {}
    for part in parts:
        if part.name == _SYMBOLS_SECTION:
            window = tables.part(part)
            targets = dict(tables.relocations(part))
            found = list(_subsections(window))
            strings = [each for kind, _, each in found if kind == _STRINGS]
            for kind, place, each in found:
                if kind == _LINES and targets.get(place) in symbols:
                    blocks += _blocks(each, symbols[targets[place]])
                elif kind == _FILES and strings:
                    names.update(_files(each, strings[0]))
    rows: dict[int, list[Row]] = defaultdict(list)
    for block in blocks:
        rows[block.section] += [
            Row(block.start + offset, names.get(block.file, ""), line)
            for offset, line in block.lines
        ]
    for listed in rows.values():
        listed.sort()
    return rows


def _subsections(window: Window) -> Iterator[tuple[int, int, Window]]:
    """Give the kind, the place and the contents of each part of a section."""
    what, place = "codeview", _SIGNATURE_SIZE
    while place + 8 <= window.size:
        kind, size = window.row(what, "II", place)
        yield kind, place + 8, window.part(what, place + 8, size)
        place += 8 + (size + 3 & ~3)


def _files(window: Window, strings: Window) -> Iterator[tuple[int, str]]:
    """Give the place of each file's record and its name."""
    what, place = "codeview", 0
    while place + 6 <= window.size:
        name, size = window.row(what, "IB", place)
        path = ntpath.normpath(strings.name(what, name))
        yield place, path.replace("\\", "/")
        place += 6 + size + 3 & ~3


def _blocks(window: Window, function: Symbol) -> Iterator[_Block]:
    what = "codeview"
    (start,) = window.row(what, "I8x", 0)
    place = 12
    while place + 12 <= window.size:
        file, count, size = window.row(what, "III", place)
        lines = tuple(
            (offset, line & _LINE_NUMBER)
            for offset, line in window.rows(what, "II", place + 12, count)
            if line & _LINE_NUMBER not in _NO_LINES
        )
        yield _Block(function.section, function.value + start, file, lines)
        place += max(size, 12)
