"""Find functions and the loader's pointers in a PE image.

Specifications: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format and, for
the tables of functions, https://learn.microsoft.com/en-us/cpp/build/exception-handling-x64
and https://learn.microsoft.com/en-us/cpp/build/arm64-exception-handling
"""

from __future__ import annotations

from itertools import takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

from abi3build.binaries.bytes_window import Allowance
from abi3build.binaries.code_places import CodePlaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.memory import Memory
    from abi3build.binaries.pe.pe_headers import PeHeaders

__all__ = ["pe_code_places"]


_EXPORTS, _IMPORTS, _EXCEPTIONS = 0, 1, 3
_X86_64 = 0x8664
_CONTINUED = 4 << 3
"""UNW_FLAG_CHAININFO: the row is about a part of the function of another row."""

_PACKED, _FRAGMENT = 3, 2
"""Two bits that say that a row of 64-bit ARM has no record elsewhere; and that it is
about a part of a function."""

_SCOPES, _SCOPES_ARE_PACKED = 0x1F << 22, 1 << 21
_CODE_WORDS = 27
_END, _END_OF_CHAINED = 0xE4, 0xE5
_LONGER_CODES = {
    **dict.fromkeys(range(0xC0, 0xE0), 2),
    0xE0: 4,
    0xE2: 2,
    0xE7: 3,
}
"""How many bytes a code for unwinding has, if it is more than one."""

_ORDINAL_BIT = 1 << 63


def pe_code_places(headers: PeHeaders, memory: Memory) -> CodePlaces:
    """Return the places of an image of 64 bits; nothing of others.

    Raise ``MalformedError`` if a table is not where the headers say.
    """
    if not memory.is_64_bit:
        return CodePlaces({}, {}, (), {})
    window = headers.window
    window = window._replace(allowance=Allowance(len(window.data)))
    headers = headers._replace(window=window)
    names = dict(_exported(headers))
    starts = {*names, *_unwound(headers)}
    inside = filter(memory.is_code, starts)
    return CodePlaces(dict(_slots(headers)), {}, tuple(sorted(inside)), names)


def _slots(headers: PeHeaders) -> Iterator[tuple[int, str]]:
    what = "import directory"
    address, _ = headers.directory(_IMPORTS)
    if not address:
        return
    rows = headers.window.rows_from(what, "I8xII", headers.offset(what, address))
    for names, _, table in takewhile(itemgetter(1), rows):
        start = headers.offset(what, names or table)
        entries = headers.window.numbers_before_zero(what, "Q", start)
        for number, entry in enumerate(entries):
            if not entry & _ORDINAL_BIT:
                # Two bytes before each name hint at its place in the library.
                yield table + 8 * number, headers.name(what, entry + 2)


def _exported(headers: PeHeaders) -> Iterator[tuple[int, str]]:
    what = "export directory"
    address, _ = headers.directory(_EXPORTS)
    if not address:
        return
    window = headers.window
    count, named, functions, names, numbers = window.row(
        what, "20xIIIII", headers.offset(what, address)
    )
    if not count or not named:
        return
    table = [
        place
        for (place,) in window.rows(what, "I", headers.offset(what, functions), count)
    ]
    places = window.rows(what, "I", headers.offset(what, names), named)
    indexes = window.rows(what, "H", headers.offset(what, numbers), named)
    for (name,), (index,) in zip(places, indexes):
        if index < count:
            yield table[index], headers.name(what, name)


def _unwound(headers: PeHeaders) -> Iterator[int]:
    """Return where functions begin, of which each but the simplest has a row."""
    what = "exception directory"
    address, size = headers.directory(_EXCEPTIONS)
    if not address:
        return
    is_x86 = headers.machine == _X86_64
    layout, row_size = ("III", 12) if is_x86 else ("II", 8)
    start = headers.offset(what, address)
    for row in headers.window.rows(what, layout, start, size // row_size):
        is_continued = _is_continued if is_x86 else _is_continued_on_arm
        if row[0] and not is_continued(headers, row[-1]):
            yield row[0]


def _is_continued(headers: PeHeaders, information: int) -> bool:
    what = "exception directory"
    (first,) = headers.window.row(what, "B", headers.offset(what, information & ~3))
    return bool(first & _CONTINUED)


def _is_continued_on_arm(headers: PeHeaders, information: int) -> bool:
    """Tell whether a row is about a part of a function that another row begins."""
    what = "exception directory"
    if information & _PACKED:
        return information & _PACKED == _FRAGMENT
    place = headers.offset(what, information)
    (head,) = headers.window.row(what, "I", place)
    scopes, words = (head & _SCOPES) >> 22, head >> _CODE_WORDS
    place += 4
    if not scopes and not words:
        (longer,) = headers.window.row(what, "I", place)
        scopes, words = longer & 0xFFFF, longer >> 16 & 0xFF
        place += 4
    if not head & _SCOPES_ARE_PACKED:
        place += 4 * scopes
    codes = [code for (code,) in headers.window.rows(what, "B", place, 4 * words)]
    number = 0
    while number < len(codes) and codes[number] != _END:
        if codes[number] == _END_OF_CHAINED:
            return True
        number += _LONGER_CODES.get(codes[number], 1)
    return False
