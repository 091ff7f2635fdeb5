"""Find where in the sources a symbol of a finished binary comes from.

The objects of the build still tell it: their relocations say where each symbol is used,
their symbol tables in which function, and ``.debug_line`` in which line.  They are read
with pyelftools.  What they do not tell, the text of the sources does.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from abi3build.evidence.source_lines import lines_that_lead_to

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from elftools.dwarf.lineprogram import LineProgram
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    from abi3build.evidence.units import TranslationUnit

__all__ = ["Origin", "find_origins", "uses_in"]

_SET_ADDRESS = 2
"""DW_LNE_set_address: where a line program begins with another section."""

_LOADED = 2
"""SHF_ALLOC: the section is part of the program, not of what describes it."""

_FIRST_FILES_FROM_ZERO = 5
"""The version of DWARF whose file tables count from zero (DWARF 5, 6.2.4)."""


_MANGLED = re.compile("_Z(?P<nested>N)?[KLVr]*")
_LENGTH = re.compile("[0-9]{1,4}")


@dataclass(frozen=True, order=True)
class Origin:
    """Name one place that uses a symbol."""

    file: str
    """The source as the compiler was given it; empty without debug information."""

    line: int
    function: str
    """The function, or the variable whose initial value it is; empty where unknown."""

    def __str__(self) -> str:
        """Say the place as people do, such as ``core.c:41 in encode()``."""
        place = f"{self.file}:{self.line}" if self.file else ""
        inside = f"in {self.function}" if self.function else ""
        return f"{place} {inside}".strip()


_NOWHERE = Origin("", 0, "")


def find_origins(
    objects: Iterable[Path],
    symbols: Collection[str],
    units: Iterable[TranslationUnit] = (),
) -> dict[str, list[Origin]]:
    """Find every place that uses one of the symbols, sorted.

    Where the objects know a function and no line, or where none of them tells of a
    symbol, the units' own files are searched for it.
    """
    origins: dict[str, set[Origin]] = defaultdict(set)
    by_object = {unit.object_file: unit for unit in units}
    for path in sorted(objects):
        unit = by_object.get(str(path))
        for symbol, origin in uses_in(_read(path), symbols):
            origins[symbol].update(_with_lines(symbol, origin, unit))
    for symbol in set(symbols) - set(origins):
        for unit in by_object.values():
            origins[symbol].update(_with_lines(symbol, _NOWHERE, unit))
    return {symbol: sorted(found - {_NOWHERE}) for symbol, found in origins.items()}


def _with_lines(
    symbol: str, origin: Origin, unit: TranslationUnit | None
) -> list[Origin]:
    if origin.file or unit is None:
        return [origin]
    places = lines_that_lead_to(symbol, unit, origin.function)
    return [Origin(*place, origin.function) for place in places] or [origin]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def uses_in(data: bytes, symbols: Collection[str]) -> list[tuple[str, Origin]]:
    """Give what one ELF object tells, in its order; nothing where it cannot be read.

    An explanation is not worth failing a build that fails already.
    """
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.elf.elffile import ELFFile

    try:
        return list(_uses(ELFFile(BytesIO(data)), symbols))
    except (DWARFError, ELFError, OSError, ValueError, KeyError, AttributeError):
        return []


def _uses(elf: ELFFile, symbols: Collection[str]) -> Iterator[tuple[str, Origin]]:
    from elftools.elf.relocation import RelocationSection

    table = _symbol_table(elf)
    if table is None:
        return
    functions, lines = _functions(table), _lines(elf)
    for section in elf.iter_sections():
        if not isinstance(section, RelocationSection):
            continue
        number = section["sh_info"]
        if not elf.get_section(number)["sh_flags"] & _LOADED:
            continue
        for relocation in section.iter_relocations():
            name = table.get_symbol(relocation["r_info_sym"]).name
            if name in symbols:
                offset = relocation["r_offset"]
                file, line = _nearest(lines.get(number, []), offset)
                inside = _containing(functions.get(number, []), offset)
                if file or inside:
                    yield name, Origin(file, line, inside)


def _symbol_table(elf: ELFFile) -> SymbolTableSection | None:
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    return table if isinstance(table, SymbolTableSection) else None


def _functions(table: SymbolTableSection) -> dict[int, list[tuple[int, int, str]]]:
    functions: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for symbol in table.iter_symbols():
        kind, section = symbol["st_info"]["type"], symbol["st_shndx"]
        if isinstance(section, int) and kind in {"STT_FUNC", "STT_OBJECT"}:
            plain = _readable(symbol.name)
            name = f"{plain}()" if kind == "STT_FUNC" else plain
            end = symbol["st_value"] + symbol["st_size"]
            functions[section].append((symbol["st_value"], end, name))
    return functions


def _readable(name: str) -> str:
    """Give a C++ function's name without its parameters, as far as it is plain.

    https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling-structure
    """
    begin = _MANGLED.match(name)
    if begin is None:
        return name
    parts, at = [], begin.end()
    while length := _LENGTH.match(name, at):
        at = length.end() + int(length[0])
        parts.append(name[length.end() : at])
        if not begin["nested"]:
            break
    return "::".join(parts) or name


def _containing(functions: list[tuple[int, int, str]], offset: int) -> str:
    return next((name for start, end, name in functions if start <= offset < end), "")


def _nearest(rows: list[tuple[int, str, int]], offset: int) -> tuple[str, int]:
    index = bisect_right([address for address, _, _ in rows], offset) - 1
    return rows[index][1:] if index >= 0 else ("", 0)


def _lines(elf: ELFFile) -> dict[int, list[tuple[int, str, int]]]:
    """Give the rows of all line programs by section, sorted by address."""
    if not elf.has_dwarf_info():
        return {}
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=True)
    sections = _sections_of_addresses(elf)
    rows: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is not None:
            for section, row in _rows(program, sections):
                rows[section].append(row)
    for found in rows.values():
        found.sort(key=lambda row: row[0])
    return rows


def _sections_of_addresses(elf: ELFFile) -> list[tuple[int, int]]:
    """Give the section behind each address in ``.debug_line``, by its offset there.

    In an object every section begins at zero, so addresses alone say nothing.
    """
    from elftools.elf.relocation import RelocationSection

    relocations = elf.get_section_by_name(".rela.debug_line")
    table = _symbol_table(elf)
    if not isinstance(relocations, RelocationSection) or table is None:
        return []
    pairs = (
        (each["r_offset"], table.get_symbol(each["r_info_sym"])["st_shndx"])
        for each in relocations.iter_relocations()
    )
    return sorted(pair for pair in pairs if isinstance(pair[1], int))


def _rows(
    program: LineProgram, sections: list[tuple[int, int]]
) -> Iterator[tuple[int, tuple[int, str, int]]]:
    start, end = program.program_start_offset, program.program_end_offset
    following = iter([number for at, number in sections if start <= at < end])
    section = -1
    for entry in program.get_entries():
        if entry.is_extended and entry.command == _SET_ADDRESS:
            section = next(following, section)
        state = entry.state
        if state is not None and not state.end_sequence and state.line:
            name = _file_name(program, state.file)
            yield section, (state.address, name, state.line)


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
