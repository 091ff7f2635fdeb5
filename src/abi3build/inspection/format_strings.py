"""Find the formats of CPython's functions among the texts in an image.

A format tells a function how to take its other arguments.  What it means may depend on
the version of Python, and it is a text like others: only whole texts that follow the
grammar to the letter count, and only if the image imports such a function.

Source: https://docs.python.org/3/c-api/arg.html and
https://docs.python.org/3/c-api/unicode.html#c.PyUnicode_FromFormat
"""

from __future__ import annotations

import re
import struct
from itertools import islice
from operator import add, itemgetter
from typing import TYPE_CHECKING

from abi3build.binaries.memory import aligned, words_with

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.image import Import
    from abi3build.binaries.memory import MappedPart, Memory

__all__ = ["BUILDERS", "PARSERS", "find_formats", "is_format_of", "taken_addresses"]


_LEA = rb"\x8d(?<=[\x48\x4c]\x8d)[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](?=([\s\S]{2}%s))"
"""``lea`` of 64 bits, of an address relative to the next instruction, with the high
bytes of the distance to fill in.  What begins with one certain byte is found fast."""

_DISTANCE_SIZE = 4
_AT_ONCE = 1 << 16
"""Matches are gathered, so that no step of Python goes to each."""

_ADD = (0x91,)
"""The last byte of ``add`` of 64 bits with a number that is not shifted."""

_ADRP, _ADRP_AND_REGISTER = 0x90000000, 0x9F00001F
_ADR = {3: (0x10, 0x30, 0x50, 0x70)}
"""The last byte of ADR; its number's lowest bits are in it."""

_PAGE = 4096
_LOOKED_BACK = 16
"""How many instructions an ADRP is before the ADD that completes the address."""


def taken_addresses(
    memory: Memory, machine: str, wanted: frozenset[int]
) -> frozenset[int]:
    """Return those of some addresses that an instruction takes.

    For other processors than x86_64 and arm64 the answer is none.
    """
    search = _SEARCHES.get(machine)
    if search is None or not wanted:
        return frozenset()
    code = memory.only(lambda part: part.is_code)
    return frozenset(
        address
        for part, body in code.bodies("code")
        for address in search(part, body, wanted)
    )


def _by_lea(
    part: MappedPart, body: BytesWindow, wanted: frozenset[int]
) -> Iterator[int]:
    least = min(wanted) - part.address - part.size
    pattern = re.compile(_LEA % _high_bytes(least, max(wanted) - part.address))
    found = pattern.finditer(body.data, body.start, body.start + body.size)
    shift = part.address - body.start + _DISTANCE_SIZE
    while some := list(islice(found, _AT_ONCE)):
        distances = struct.unpack(f"<{len(some)}i", b"".join(map(itemgetter(1), some)))
        ends = map(re.Match.end, some)
        targets = map(shift.__add__, map(add, ends, distances))
        yield from wanted.intersection(targets)


def _high_bytes(least: int, most: int) -> bytes:
    """Match the two high bytes that numbers of 32 bits with a sign may have."""
    classes = []
    for shift in (16, 24):
        count = min((most >> shift) - (least >> shift) + 1, 256)
        values = {(least >> shift) + each & 0xFF for each in range(count)}
        classes.append(b"[%s]" % b"".join(b"\\x%02x" % each for each in sorted(values)))
    return b"".join(classes)


def _by_adrp(
    part: MappedPart, body: BytesWindow, wanted: frozenset[int]
) -> Iterator[int]:
    pages: dict[int, set[int]] = {}
    for address in wanted:
        pages.setdefault(address % _PAGE, set()).add(address - address % _PAGE)
    low_bits = dict(_low_bits_by_bytes(pages))
    # Each byte by itself is looked for fast; then both have to belong together.
    allowed = {1: {each[0] for each in low_bits}, 2: {each[1] for each in low_bits}}
    for place in _instructions(part, body, {**allowed, 3: _ADD}):
        found = low_bits.get(body.data[place + 1 : place + 3])
        if found is not None:
            page = _page_before(part, body, place)
            if page in pages[found]:
                yield page + found


def _low_bits_by_bytes(pages: Collection[int]) -> Iterator[tuple[bytes, int]]:
    """Return the second and third byte of each ``add`` of some low bits, with these.

    The two lowest bits of the second byte are of a register.
    """
    for bits in pages:
        for more in range(4):
            yield bytes([(bits & 0x3F) << 2 | more, bits >> 6]), bits


def _by_adr(
    part: MappedPart, body: BytesWindow, wanted: frozenset[int]
) -> Iterator[int]:
    """Match the one instruction that macOS linkers write if the address is near."""
    for place in _instructions(part, body, _ADR):
        here = part.address + place - body.start
        word = int.from_bytes(body.data[place : place + 4], "little")
        if here + _distance(word) in wanted:
            yield here + _distance(word)


def _instructions(
    part: MappedPart, body: BytesWindow, allowed: Mapping[int, Collection[int]]
) -> Iterator[int]:
    """Return the places of the instructions that have only certain bytes."""
    words = aligned(part, body, 4)
    for number in words_with(words, 4, allowed):
        yield words.start + 4 * number


def _distance(word: int) -> int:
    """Return the number with a sign in ADR, in bytes, or ADRP, in pages."""
    distance = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
    return distance - ((distance & 1 << 20) << 1)


def _on_arm64(
    part: MappedPart, body: BytesWindow, wanted: frozenset[int]
) -> Iterator[int]:
    yield from _by_adrp(part, body, wanted)
    yield from _by_adr(part, body, wanted)


def _page_before(part: MappedPart, body: BytesWindow, place: int) -> int | None:
    """Return the page that the register of an ``add`` had before."""
    register = int.from_bytes(body.data[place : place + 4], "little") >> 5 & 0x1F
    wanted = _ADRP | register
    count = min(_LOOKED_BACK, (place - body.start) // 4)
    words = struct.unpack_from(f"<{count}I", body.data, place - 4 * count)
    for number, word in enumerate(reversed(words), 1):
        if word & _ADRP_AND_REGISTER == wanted:
            here = part.address + place - 4 * number - body.start
            return here - here % _PAGE + _distance(word) * _PAGE
    return None


_SEARCHES: dict[
    str, Callable[[MappedPart, BytesWindow, frozenset[int]], Iterator[int]]
] = {
    "x86_64": _by_lea,
    "aarch64": _on_arm64,
    "arm64": _on_arm64,
}


PARSERS = frozenset(
    (
        "PyArg_Parse",
        "PyArg_ParseTuple",
        "PyArg_ParseTupleAndKeywords",
        "PyArg_VaParse",
        "PyArg_VaParseTupleAndKeywords",
    )
)
BUILDERS = frozenset(
    ("PyObject_CallFunction", "PyObject_CallMethod", "Py_BuildValue", "Py_VaBuildValue")
)
_WITH_SIZES = "_SizeT"
"""How the names end of the functions that always take a size as ``Py_ssize_t``."""

_WRITERS = frozenset(
    ("PyErr_Format", "PyErr_FormatV", "PyUnicode_FromFormat", "PyUnicode_FromFormatV")
)

_PARSED = (
    rb"(?:[szy][*#]?|[uZ]#?|e[st]#?|w\*|O[!&]?|[SUYbBhHiIlLkKnpcCfdD]|[()|$])*"
    rb"(?:[:;][\x20-\x7e]*)?"
)
_BUILT = rb"(?:[szyuU]#?|[ON]&?|[SpbBhHiIlLkKncCfdD]|[()\[\]{} ,:\t])*"
_WRITTEN = (
    rb"(?:[^%]|%%|%-?\d*(?:\.\d+)?(?:ll|[lzjt])?[diuxXoc]|%p|%-?\d*(?:\.\d+)?[AURSsV]"
    rb"|%#?[TN])*"
)

_SIZE, _TYPE_NAME = rb"#(?<=[szyuUZt]#)", rb"%#?[TN]"
"""What begins with one certain byte is found ten times as fast."""

_WORD = rb"(?<![%\w])[a-z]{3}"
_PRINTABLE, _PRINTABLE_OR_END = rb"[\t\n\x20-\x7e]+", rb"[\t\n\x20-\x7e\0]+"

_LONGEST_FORMAT = 200
_LARGEST_PART = 1 << 24
_NEIGHBOR = 8
"""How many bytes of texts make sure that they are such."""

_MOST_FORMATS = 64
"""An extension has a handful."""


def is_format_of(text: str, functions: Collection[str]) -> bool:
    """Tell whether a text can be a format with a size of one of some functions."""
    data = text.encode("ascii")
    units = re.split(rb"[:;]", data, maxsplit=1)[0]
    return bool(
        PARSERS.intersection(functions)
        and re.search(_SIZE, units)
        and re.fullmatch(_PARSED, data)
    ) or bool(
        BUILDERS.intersection(functions)
        and re.search(_SIZE, data)
        and re.fullmatch(_BUILT, data)
    )


def find_formats(
    memory: Memory, machine: str, imports: Collection[Import]
) -> tuple[str, ...]:
    """Return the formats that contain ``#`` after a letter, ``%T`` or ``%N``.

    Only texts whose address the code uses count, which is known for x86_64 and arm64.
    Takes the image's constants and code, and its imports.
    """
    functions = {each.symbol for each in imports}
    kinds: list[tuple[bytes, Callable[[bytes], bool]]] = []
    # If both kinds are imported, which of them a format is for does not show.
    takes_sizes = any(name.endswith(_WITH_SIZES) for name in functions)
    if functions & (PARSERS | BUILDERS) and not takes_sizes:
        kinds.append((_SIZE, lambda text: is_format_of(text.decode(), functions)))
    if functions & _WRITERS:
        kinds.append((_TYPE_NAME, _is_written))
    if not kinds:
        return ()
    memory = memory.with_own_allowance()
    found = dict(islice(_candidates(memory, kinds), _MOST_FORMATS))
    taken = taken_addresses(memory, machine, frozenset(found))
    return tuple(sorted({found[address] for address in taken}))


def _is_written(text: bytes) -> bool:
    return bool(re.fullmatch(_WRITTEN, text) and re.search(_WORD, text))


def _candidates(
    memory: Memory,
    kinds: Collection[tuple[bytes, Callable[[bytes], bool]]],
) -> Iterator[tuple[int, str]]:
    """Return the texts that the grammar allows, with the address of each."""
    for part, body in memory.only(_is_searched).bodies("formats"):
        for mark, is_format in kinds:
            for start, text in _texts(body, mark):
                if is_format(text):
                    yield part.address + start - body.start, text.decode("ascii")


def _is_searched(part: MappedPart) -> bool:
    return part.is_constant and part.size <= _LARGEST_PART


def _texts(body: BytesWindow, mark: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the texts, between zero bytes, in which a mark is found."""
    pattern, printable = re.compile(mark), re.compile(_PRINTABLE)
    data, place, end = body.data, body.start, body.start + body.size
    while match := pattern.search(data, place, end):
        body.allowance.spend("formats", _LONGEST_FORMAT)
        lowest = max(body.start, match.start() - _LONGEST_FORMAT)
        before = data.rfind(b"\0", lowest, match.start())
        place = data.find(b"\0", match.end(), min(end, match.end() + _LONGEST_FORMAT))
        if place < 0:
            place = match.end()
        elif before >= 0 or lowest == body.start:
            start = before + 1 if before >= 0 else lowest
            is_text = printable.fullmatch(data, start, place)
            if is_text and _is_among_texts(body, start, place):
                yield start, data[start:place]


def _is_among_texts(body: BytesWindow, start: int, end: int) -> bool:
    """Tell whether a text comes before this one or behind it, as in a pool of them."""
    lowest = max(body.start, start - _LONGEST_FORMAT)
    before = body.data[lowest:start].rstrip(b"\0")[-_NEIGHBOR:]
    behind = body.data[end : min(body.start + body.size, end + _LONGEST_FORMAT)]
    behind = behind.lstrip(b"\0")[:_NEIGHBOR]
    return any(
        len(each) == _NEIGHBOR
        and each.count(b"\0") < _NEIGHBOR // 2
        and re.fullmatch(_PRINTABLE_OR_END, each) is not None
        for each in (before, behind)
    )
