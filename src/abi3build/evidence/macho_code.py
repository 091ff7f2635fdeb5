"""Read what a Mach-O object tells of its code.

Specification: Apple's headers ``<mach-o/reloc.h>`` and ``<mach-o/nlist.h>``,
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.macho.load_commands import open_macho, sections
from abi3build.evidence.object_code import (
    CodeUse,
    LineAddress,
    ObjectCode,
    Span,
    make_dwarf_info,
    readable_name,
    rows_by_section,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.macho.load_commands import MachoImage, MachoSection
    from abi3build.evidence.object_code import LineRow

__all__ = ["read_macho_code"]

_LC_SYMTAB = 0x2
_NLIST_LAYOUTS = {False: "IBBHI", True: "IBBHQ"}
_N_STAB, _N_TYPE, _N_SECT = 0xE0, 0x0E, 0x0E

_EXTERNAL = 1 << 27
"""The bit of a relocation that names a symbol and not a section."""

_SYMBOL_NUMBER = (1 << 24) - 1
_SCATTERED = 1 << 31
_CODE = 0x80000400
"""S_ATTR_PURE_INSTRUCTIONS and S_ATTR_SOME_INSTRUCTIONS."""

_DEBUG = "__debug_"
_SHORTENED = {"str_offs": "str_offsets"}
"""The names of sections have sixteen characters at most."""

_LOCAL = ("l", "L")
"""How compilers begin the labels that are not names of the source's."""


class _Symbol(NamedTuple):
    name: str
    section: int
    """Counted from one; zero for those from elsewhere."""

    value: int


def read_macho_code(data: bytes, symbols: Collection[str]) -> list[ObjectCode]:
    """Read the uses of some symbols in each slice.

    Raise ``MalformedError`` if the file is not what its headers say.
    """
    return [_code(image, symbols) for image in open_macho(data)]


def _code(image: MachoImage, wanted: Collection[str]) -> ObjectCode:
    parts = list(sections(image))
    table = _symbols(image)
    uses = tuple(
        CodeUse(symbol.name[1:], number, place)
        for number, part in enumerate(parts, 1)
        if not part.name.startswith(_DEBUG)
        for place, symbol, _ in _relocations(image, part, table)
        if symbol is not None and symbol.name[1:] in wanted
    )
    if not uses:
        return ObjectCode()
    return ObjectCode(uses, _spans(parts, table), _rows(image, parts, table))


def _symbols(image: MachoImage) -> list[_Symbol]:
    what = "symbol table"
    table = image.fields(what, "4I", _LC_SYMTAB) or (0, 0, 0, 0)
    start, count, names_start, names_size = table
    names = image.window.part("string table", names_start, names_size)
    layout = _NLIST_LAYOUTS[image.is_64_bit]
    return [
        _Symbol(
            names.name("string table", name),
            section if kind & _N_TYPE == _N_SECT and not kind & _N_STAB else 0,
            value,
        )
        for name, kind, section, _, value in image.window.rows(
            what, layout, start, count
        )
    ]


def _relocations(
    image: MachoImage, part: MachoSection, table: list[_Symbol]
) -> Iterator[tuple[int, _Symbol | None, int]]:
    """Return the place of each, with its symbol, or with the number of a section."""
    rows = image.window.rows(
        "relocations", "II", part.relocations, part.relocation_count
    )
    for place, information in rows:
        number = information & _SYMBOL_NUMBER
        if place & _SCATTERED:
            continue
        if not information & _EXTERNAL:
            yield place, None, number
        elif number < len(table):
            yield place, table[number], 0


def _spans(parts: list[MachoSection], table: list[_Symbol]) -> dict[int, list[Span]]:
    """Return what lies between one symbol and the next; the format has no sizes."""
    starts: dict[int, dict[int, str]] = defaultdict(dict)
    for symbol in table:
        if 0 < symbol.section <= len(parts) and not symbol.name.startswith(_LOCAL):
            starts[symbol.section][symbol.value] = symbol.name[1:]
    spans: dict[int, list[Span]] = {}
    for number, names in starts.items():
        part = parts[number - 1]
        ends = [*sorted(names)[1:], part.address + part.size]
        is_code = bool(part.flags & _CODE)
        spans[number] = [
            Span(
                start - part.address,
                end - part.address,
                readable_name(names[start], is_function=is_code),
            )
            for start, end in zip(sorted(names), ends)
        ]
    return spans


def _rows(
    image: MachoImage, parts: list[MachoSection], table: list[_Symbol]
) -> dict[int, list[LineRow]]:
    found, targets = {}, []
    for part in parts:
        if part.name.startswith(_DEBUG):
            name = part.name[len(_DEBUG) :]
            window = image.window.part("sections", part.offset, part.size)
            data = window.data[window.start : window.start + window.size]
            found[_SHORTENED.get(name, name)] = data
            if name == "line":
                targets = list(_targets(image, part, parts, table))
    if "info" not in found or "line" not in found:
        return {}
    dwarf = make_dwarf_info(
        found,
        little_endian=image.window.byte_order == "<",
        address_size=8 if image.is_64_bit else 4,
    )
    return rows_by_section(dwarf, targets)


def _targets(
    image: MachoImage,
    line: MachoSection,
    parts: list[MachoSection],
    table: list[_Symbol],
) -> Iterator[LineAddress]:
    for place, symbol, number in _relocations(image, line, table):
        # With a symbol, what stands in the place is added to it.
        value = symbol.value if symbol is not None else 0
        section = symbol.section if symbol is not None else number
        if 0 < section <= len(parts):
            yield LineAddress(place, section, value - parts[section - 1].address)
