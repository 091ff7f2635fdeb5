"""Find functions and the loader's pointers in an ELF image.

Specifications: https://gabi.xinuos.com/ (System V ABI) and, for the table by which
exceptions find functions,
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/ehframechpt.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.bytes_window import Allowance
from abi3build.binaries.code_places import CodePlaces
from abi3build.binaries.memory import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.elf.elf_dynamic import DynamicSection
    from abi3build.binaries.elf.elf_headers import ElfTables
    from abi3build.binaries.memory import Memory

__all__ = ["elf_code_places"]


_SHT_SYMTAB = 2
_PT_GNU_EH_FRAME = 0x6474E550
_USUAL_ENCODINGS = b"\x01\x1b\x03\x3b"
"""Version 1; offsets of 32 bits with a sign, those of the table from its own start."""

_ROW = 24
_SYMBOL_LAYOUT = "IBBHQQ"
_STT_FUNC = 2
_RELA_SIZE = 24


def elf_code_places(
    tables: ElfTables, dynamic: DynamicSection, memory: Memory
) -> CodePlaces:
    """Return the places of an image of 64 bits; nothing of others.

    Raise ``MalformedError`` if a table is not where the headers say.
    """
    if not memory.is_64_bit:
        return CodePlaces({}, {}, (), {})
    window = tables.window
    window = window._replace(allowance=Allowance(len(window.data)))
    tables = tables._replace(window=window)
    dynamic = dynamic._replace(tables=tables)
    names = dict(_functions(tables, dynamic))
    starts = set(names)
    for segment in dynamic.segments:
        if segment.type == _PT_GNU_EH_FRAME:
            table = window.part("table for unwinding", segment.offset, segment.size)
            starts.update(_unwound(table, segment.address))
    inside = filter(memory.is_code, starts)
    return CodePlaces(dict(_slots(dynamic)), {}, tuple(sorted(inside)), names)


def _unwound(table: BytesWindow, address: int) -> Iterator[int]:
    """Return where functions begin, of which each has one row."""
    what = "table for unwinding"
    if table.size < len(_USUAL_ENCODINGS) + 8:
        return
    if not table.data.startswith(_USUAL_ENCODINGS, table.start):
        return
    (count,) = table.row(what, "I", 8)
    for start, _ in table.rows(what, "ii", 12, count):
        yield address + start


def _functions(tables: ElfTables, dynamic: DynamicSection) -> Iterator[tuple[int, str]]:
    """Return the address and the name of each function in the symbol tables."""
    what = "symbols"
    for section in tables.sections():
        if section.type == _SHT_SYMTAB:
            strings = tables.section(section.link)
            names = tables.window.part("string table", strings.offset, strings.size)
            count = section.size // _ROW
            rows = tables.window.rows(what, _SYMBOL_LAYOUT, section.offset, count)
            for name, info, _, defined, value, _ in rows:
                if info & 15 == _STT_FUNC and defined:
                    yield value, names.name("string table", name)
    if "DT_SYMTAB" in dynamic.tags:
        names = dynamic.strings()
        count = sum(1 for _ in dynamic.all_symbols())
        start = dynamic.offset("DT_SYMTAB")
        rows = tables.window.rows(what, _SYMBOL_LAYOUT, start, count)
        for name, info, _, defined, value, _ in rows:
            if info & 15 == _STT_FUNC and defined:
                yield value, names.name("string table", name)


def _slots(dynamic: DynamicSection) -> Iterator[tuple[int, str]]:
    """Return each pointer that a relocation with a symbol fills in, and the symbol."""
    what = "relocations"
    window = dynamic.tables.window
    symbols: dict[int, str] = {}
    for tag, size_tag in (("DT_RELA", "DT_RELASZ"), ("DT_JMPREL", "DT_PLTRELSZ")):
        if tag not in dynamic.tags:
            continue
        whole = dynamic.value(size_tag) // _RELA_SIZE * _RELA_SIZE
        body = window.part(what, dynamic.offset(tag), whole)
        body.allowance.spend(what, whole)
        table = numbers(body, "Q")
        for place, kind, addend in zip(table[::3], table[1::3], table[2::3]):
            number = kind >> 32
            if not number or addend:
                continue
            if number not in symbols:
                symbols[number] = _symbol_name(dynamic, number)
            yield place, symbols[number]


def _symbol_name(dynamic: DynamicSection, number: int) -> str:
    start = dynamic.offset("DT_SYMTAB") + number * _ROW
    (name,) = dynamic.tables.window.row("dynamic symbols", "I20x", start)
    return dynamic.strings().name("string table", name)
