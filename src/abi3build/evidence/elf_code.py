"""Read what an ELF object tells of its code, with pyelftools."""

from __future__ import annotations

from collections import defaultdict
from io import BytesIO
from typing import TYPE_CHECKING

from abi3build.evidence.object_code import (
    CodeUse,
    LineAddress,
    ObjectCode,
    Span,
    readable_name,
    rows_by_section,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    from abi3build.evidence.object_code import LineRow

__all__ = ["count_sources", "read_elf_code"]

_LOADED = 2
"""SHF_ALLOC: the section is part of the program, not of what describes it."""


def read_elf_code(data: bytes, symbols: Collection[str]) -> ObjectCode:
    """Read the uses of some symbols; damaged files raise what pyelftools raises."""
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(BytesIO(data))
    table = _symbol_table(elf)
    if table is None:
        return ObjectCode()
    uses = tuple(_uses(elf, table, symbols))
    if not uses:
        return ObjectCode()
    return ObjectCode(uses, _spans(table), _rows(elf, table))


def count_sources(data: bytes) -> int:
    """Return how many sources an object names that it was compiled from; 1 at least.

    ``ld -r`` makes one object of several.  Other formats than ELF name none.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    if not data.startswith(b"\x7fELF"):
        return 1
    try:
        table = _symbol_table(ELFFile(BytesIO(data)))
        symbols = list(table.iter_symbols()) if table is not None else []
    except (ELFError, ValueError, KeyError):
        return 1
    files = [each for each in symbols if each["st_info"]["type"] == "STT_FILE"]
    return max(sum(bool(each.name) for each in files), 1)


def _symbol_table(elf: ELFFile) -> SymbolTableSection | None:
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    return table if isinstance(table, SymbolTableSection) else None


def _uses(
    elf: ELFFile, table: SymbolTableSection, symbols: Collection[str]
) -> Iterator[CodeUse]:
    from elftools.elf.relocation import RelocationSection

    for section in elf.iter_sections():
        if not isinstance(section, RelocationSection):
            continue
        number = section["sh_info"]
        if not elf.get_section(number)["sh_flags"] & _LOADED:
            continue
        for relocation in section.iter_relocations():
            name = table.get_symbol(relocation["r_info_sym"]).name
            if name in symbols:
                yield CodeUse(name, number, relocation["r_offset"])


def _spans(table: SymbolTableSection) -> dict[int, list[Span]]:
    spans: dict[int, list[Span]] = defaultdict(list)
    for symbol in table.iter_symbols():
        kind, section = symbol["st_info"]["type"], symbol["st_shndx"]
        if isinstance(section, int) and kind in {"STT_FUNC", "STT_OBJECT"}:
            name = readable_name(symbol.name, is_function=kind == "STT_FUNC")
            start = symbol["st_value"]
            spans[section].append(Span(start, start + symbol["st_size"], name))
    return spans


def _rows(elf: ELFFile, table: SymbolTableSection) -> dict[int, list[LineRow]]:
    if not elf.has_dwarf_info():
        return {}
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=True)
    return rows_by_section(dwarf, list(_targets(elf, table)))


def _targets(elf: ELFFile, table: SymbolTableSection) -> Iterator[LineAddress]:
    from elftools.elf.relocation import RelocationSection

    for name in (".rela.debug_line", ".rel.debug_line"):
        relocations = elf.get_section_by_name(name)
        if isinstance(relocations, RelocationSection):
            for each in relocations.iter_relocations():
                section = table.get_symbol(each["r_info_sym"])["st_shndx"]
                if isinstance(section, int):
                    yield LineAddress(each["r_offset"], section)
