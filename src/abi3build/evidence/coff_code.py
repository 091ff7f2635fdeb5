"""Read what a COFF object tells of its code: from MinGW's, Clang's and Microsoft's."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from abi3build.binaries.pe.coff import open_coff
from abi3build.evidence.object_code import (
    CodeUse,
    LineAddress,
    ObjectCode,
    Span,
    codeview_rows,
    make_dwarf_info,
    readable_name,
    rows_by_section,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from abi3build.binaries.pe.coff import CoffSection, CoffSymbol, CoffTables
    from abi3build.evidence.object_code import LineRow

__all__ = ["read_coff_code"]

_FUNCTION = 0x20
_EXTERNAL, _STATIC = 2, 3
_CODE = 0x20000020
"""IMAGE_SCN_MEM_EXECUTE and IMAGE_SCN_CNT_CODE."""

_INDIRECT = ("__imp_", ".refptr.")
"""What stands before the name of a pointer to the symbol: the linker's of imports, and
those that MinGW's compilers make for data."""

_DEBUG = b".debug_"
_TABLES = (b".debug", b".pdata", b".xdata", b".eh_frame")
"""The sections that describe code, by how their names begin."""

_64_BIT = (0x8664, 0xAA64)


def read_coff_code(data: bytes, wanted: Collection[str]) -> ObjectCode:
    """Read the uses of some symbols.

    Raise ``MalformedError`` if the file is not what its header says.
    """
    tables = open_coff(data)
    parts, symbols = list(tables.sections()), tables.symbols()
    uses = tuple(
        CodeUse(name, number, place)
        for number, part in enumerate(parts, 1)
        if not part.name.startswith(_TABLES)
        for place, index in tables.relocations(part)
        if (name := _plain(symbols.get(index))) in wanted
    )
    if not uses:
        return ObjectCode()
    rows = codeview_rows(tables, parts, symbols) or _dwarf_rows(tables, parts, symbols)
    return ObjectCode(uses, _spans(parts, symbols), rows)


def _plain(symbol: CoffSymbol | None) -> str:
    if symbol is None:
        return ""
    name = symbol.name
    for prefix in _INDIRECT:
        name = name.removeprefix(prefix)
    return name


def _spans(
    parts: list[CoffSection], symbols: dict[int, CoffSymbol]
) -> dict[int, list[Span]]:
    """Return what lies between one symbol and the next; the format has no sizes."""
    starts: dict[int, dict[int, str]] = defaultdict(dict)
    for symbol in symbols.values():
        # A section is a symbol too, with a record of its own behind it.
        is_named = symbol.type == _FUNCTION or symbol.storage_class == _EXTERNAL
        is_static = symbol.storage_class == _STATIC and not symbol.auxiliary
        if 0 < symbol.section <= len(parts) and (is_named or is_static):
            starts[symbol.section][symbol.value] = symbol.name
    spans: dict[int, list[Span]] = {}
    for number, names in starts.items():
        part = parts[number - 1]
        is_code = bool(part.flags & _CODE)
        spans[number] = [
            Span(start, end, readable_name(names[start], is_function=is_code))
            for start, end in zip(sorted(names), [*sorted(names)[1:], part.size])
        ]
    return spans


def _dwarf_rows(
    tables: CoffTables, parts: list[CoffSection], symbols: dict[int, CoffSymbol]
) -> dict[int, list[LineRow]]:
    found, targets = {}, []
    for part in parts:
        if part.name.startswith(_DEBUG):
            name = part.name[len(_DEBUG) :].decode("ascii", "replace")
            window = tables.part(part)
            found[name] = window.data[window.start : window.start + window.size]
            if name == "line":
                targets = [
                    LineAddress(place, symbols[index].section, symbols[index].value)
                    for place, index in tables.relocations(part)
                    if index in symbols
                ]
    if "info" not in found or "line" not in found:
        return {}
    address_size = 8 if tables.machine in _64_BIT else 4
    dwarf = make_dwarf_info(found, little_endian=True, address_size=address_size)
    return rows_by_section(dwarf, targets)
