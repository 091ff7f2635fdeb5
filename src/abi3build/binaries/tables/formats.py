"""Find the formats of CPython's functions among the texts in an image.

A format tells a function how to take its other arguments.  What it means may depend on
the version of Python, and it is a text like others: only whole texts that follow the
grammar to the letter count, and only where the image takes such a function.

Source: https://docs.python.org/3/c-api/arg.html and
https://docs.python.org/3/c-api/unicode.html#c.PyUnicode_FromFormat
"""

from __future__ import annotations

import re
from itertools import islice

from abi3build.binaries.tables.code_references import taken_addresses
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from abi3build.binaries.image import Import
    from abi3build.binaries.tables.memory import MappedPart, Memory
    from abi3build.binaries.window import Window

__all__ = ["BUILDERS", "PARSERS", "find_formats", "is_format_of"]

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
    """Give the formats in which ``#`` follows a letter or ``%T`` or ``%N`` stands.

    Only texts whose address the code takes count; which that are is known for x86_64
    and arm64.  Comes in: the image's constants and code, and what it takes.
    """
    functions = {each.symbol for each in imports}
    kinds: list[tuple[bytes, Callable[[bytes], bool]]] = []
    # Where both sorts are taken, which of them a format is for does not show.
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
    """Give the texts that the grammar allows, with the address of each."""
    for part, body in memory.only(_is_searched).bodies("formats"):
        for mark, is_format in kinds:
            for start, text in _texts(body, mark):
                if is_format(text):
                    yield part.address + start - body.start, text.decode("ascii")


def _is_searched(part: MappedPart) -> bool:
    return part.is_constant and part.size <= _LARGEST_PART


def _texts(body: Window, mark: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the texts, between zero bytes, in which a mark is found."""
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


def _is_among_texts(body: Window, start: int, end: int) -> bool:
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
