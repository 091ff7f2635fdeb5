"""What an object file tells of its code, in any format: DWARF and CodeView lines."""

from __future__ import annotations

import inspect
import ntpath
import posixpath
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elftools.dwarf.dwarfinfo import DWARFInfo
    from elftools.dwarf.lineprogram import LineProgram

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.pe.coff import CoffSection, CoffSymbol, CoffTables

__all__ = [
    "CodeUse",
    "LineAddress",
    "LineRow",
    "ObjectCode",
    "Span",
    "codeview_rows",
    "make_dwarf_info",
    "readable_name",
    "rows_by_section",
]


_MANGLED = re.compile("_Z(?P<nested>N)?[KLVr]*")
_LENGTH = re.compile("[0-9]{1,4}")


class CodeUse(NamedTuple):
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


class LineRow(NamedTuple):
    """Say with which line of a source the code at an offset begins."""

    offset: int
    file: str
    line: int


@dataclass(frozen=True)
class ObjectCode:
    """List the uses of some symbols, and what surrounds them, by section."""

    uses: tuple[CodeUse, ...] = ()
    spans: dict[int, list[Span]] = field(default_factory=dict)
    rows: dict[int, list[LineRow]] = field(default_factory=dict)
    """Sorted by offset; none without debug information."""

    def name_at(self, use: CodeUse) -> str:
        """Name the function or variable around a use; empty if there is none."""
        spans = self.spans.get(use.section, [])
        return next(
            (span.name for span in spans if span.start <= use.offset < span.end), ""
        )

    def line_at(self, use: CodeUse) -> tuple[str, int]:
        """Return the source and the line of a use; empty and 0 if unknown."""
        rows = self.rows.get(use.section, [])
        index = bisect_right([row.offset for row in rows], use.offset) - 1
        return rows[index][1:] if index >= 0 else ("", 0)


def readable_name(name: str, *, is_function: bool) -> str:
    """Return a symbol's name without a C++ function's parameters, if it is plain.

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


_SYMBOLS_SECTION = b".debug$S"
_SIGNATURE_SIZE = 4
_LINES, _STRINGS, _FILES = 0xF2, 0xF3, 0xF4
_LINE_NUMBER = (1 << 24) - 1
_NO_LINES = (0xF00F00, 0xFEEFEE)
"""What compilers write for code that no line made."""


class _Block(NamedTuple):
    """List the lines of one source within one function."""

    section: int
    start: int
    file: int
    """Its place among the files."""

    lines: tuple[tuple[int, int], ...]


def codeview_rows(
    tables: CoffTables, parts: list[CoffSection], symbols: dict[int, CoffSymbol]
) -> dict[int, list[LineRow]]:
    """Return the rows of all functions by section, sorted; none without CodeView."""
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
    rows: dict[int, list[LineRow]] = defaultdict(list)
    for block in blocks:
        rows[block.section] += [
            LineRow(block.start + offset, names.get(block.file, ""), line)
            for offset, line in block.lines
        ]
    for listed in rows.values():
        listed.sort()
    return rows


def _subsections(window: BytesWindow) -> Iterator[tuple[int, int, BytesWindow]]:
    """Return the kind, the place and the contents of each part of a section."""
    what, place = "codeview", _SIGNATURE_SIZE
    while place + 8 <= window.size:
        kind, size = window.row(what, "II", place)
        yield kind, place + 8, window.part(what, place + 8, size)
        place += 8 + (size + 3 & ~3)


def _files(window: BytesWindow, strings: BytesWindow) -> Iterator[tuple[int, str]]:
    """Return the place of each file's record and its name."""
    what, place = "codeview", 0
    while place + 6 <= window.size:
        name, size = window.row(what, "IB", place)
        path = ntpath.normpath(strings.name(what, name))
        yield place, path.replace("\\", "/")
        place += 6 + size + 3 & ~3


def _blocks(window: BytesWindow, function: CoffSymbol) -> Iterator[_Block]:
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


_SET_ADDRESS = 2
"""DW_LNE_set_address: where a line program begins with another section."""

_FIRST_FILES_FROM_ZERO = 5
"""The version of DWARF whose file tables count from zero (DWARF 5, 6.2.4)."""


class LineAddress(NamedTuple):
    """Say what an address in the line programs means."""

    place: int
    """Where the address stands among the line programs."""

    section: int
    base: int = 0
    """What makes an offset in the section of the number that stands there."""


def rows_by_section(
    dwarf: DWARFInfo, targets: Sequence[LineAddress]
) -> dict[int, list[LineRow]]:
    """Return the rows of all line programs by section, sorted."""
    rows: dict[int, list[LineRow]] = defaultdict(list)
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is not None:
            for section, row in _rows(program, sorted(targets)):
                rows[section].append(row)
    for found in rows.values():
        found.sort(key=lambda row: row.offset)
    return rows


def make_dwarf_info(
    sections: Mapping[str, bytes], *, little_endian: bool, address_size: int
) -> DWARFInfo:
    """Open debug information of other formats than ELF.

    Takes the contents of the sections, by their names without ``.debug_``.
    """
    from elftools.dwarf.dwarfinfo import (
        DebugSectionDescriptor,
        DwarfConfig,
        DWARFInfo,
    )

    # Releases differ in which sections they know.
    known = list(inspect.signature(DWARFInfo).parameters)[1:]
    found = {
        f"debug_{name}_sec": DebugSectionDescriptor(
            BytesIO(data), name, 0, len(data), 0
        )
        for name, data in sections.items()
    }
    config = DwarfConfig(little_endian, "", address_size)
    return DWARFInfo(config, **{name: found.get(name) for name in known})


def _rows(
    program: LineProgram, targets: list[LineAddress]
) -> Iterator[tuple[int, LineRow]]:
    start, end = program.program_start_offset, program.program_end_offset
    following = iter([target for target in targets if start <= target.place < end])
    target = LineAddress(0, -1)
    for entry in program.get_entries():
        if entry.is_extended and entry.command == _SET_ADDRESS:
            target = next(following, target)
        state = entry.state
        if state is not None and not state.end_sequence and state.line:
            name = _file_name(program, state.file)
            yield target.section, LineRow(state.address + target.base, name, state.line)


def _file_name(program: LineProgram, number: int) -> str:
    first = 0 if program.header["version"] >= _FIRST_FILES_FROM_ZERO else 1
    entry = program.header["file_entry"][number - first]
    name: str = entry.name.decode("utf-8", "replace")
    folders = program.header["include_directory"]
    # Folder 0 is the one that the compiler ran in, which is the project's.
    if entry.dir_index == 0:
        return name
    folder = folders[entry.dir_index - first].decode("utf-8", "replace")
    return posixpath.normpath(f"{folder}/{name}")
