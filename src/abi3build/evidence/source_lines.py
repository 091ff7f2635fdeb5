"""Find the lines of a unit's own sources that lead to a symbol, or change the limit.

Nothing is compiled: the dependency file names what the unit read, and the text of that
says where a name stands, or a macro or inline function that expands to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.sources.code import c_code, lines_with, text_of_source

if TYPE_CHECKING:
    from abi3build.evidence.compiled_units import TranslationUnit

__all__ = ["lines_that_change_the_limit", "lines_that_lead_to"]

_LIMIT = re.compile(
    r"^[ \t]*#[ \t]*(?P<how>define|undef)[ \t]+"
    r"(?P<what>(?:Py_LIMITED_API|Py_TARGET_ABI3T)\b[^\n]*)",
    re.MULTILINE,
)
_MACRO = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)(?P<body>(?:[^\n\\]|\\.)*)",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(
    r"\binline\b[^;{}()]*?\b(?P<name>\w+)[ \t]*\([^;{}]*\)\s*\{(?P<body>.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"\b[A-Za-z_]\w*")
_BRACE = re.compile("[{}]")
_PYTHON_H = "/Python.h"


def lines_that_change_the_limit(unit: TranslationUnit) -> list[str]:
    """Return each ``#undef`` and ``#define`` of the macro in a unit's own files.

    In the form ``core.c:1: #undef Py_LIMITED_API``, in the order of the files.
    """
    found = []
    for file in unit.own_files:
        code = _code_of(file)
        for match in _LIMIT.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            found.append(f"{file}:{line}: #{match['how']} {match['what'].strip()}")
    return found


def lines_that_lead_to(
    symbol: str, unit: TranslationUnit, function: str = ""
) -> list[tuple[str, int]]:
    """Return the lines of a unit's own files with a symbol or what expands to it.

    A function or a variable narrows them to its own lines, if those are found.
    """
    names = frozenset(_names_for(symbol, unit))
    found = [
        (file, line)
        for file in unit.own_files
        for line in lines_with(_code_of(file), names)
    ]
    inside = [
        place for place in found if place[1] in _extent(_code_of(place[0]), function)
    ]
    return inside or found


def _names_for(symbol: str, unit: TranslationUnit) -> set[str]:
    """Return a symbol with the macros and inline functions that lead to it."""
    users: dict[str, set[str]] = defaultdict(set)
    for file in (*unit.own_files, *_headers_of_python(unit)):
        for name, used in _expansions(_code_of(file)):
            for word in used:
                users[word].add(name)
    names, waiting = {symbol}, [symbol]
    # A macro may expand to a macro that expands to the symbol.
    while waiting:
        new = users[waiting.pop()] - names
        names |= new
        waiting += new
    return names


def _headers_of_python(unit: TranslationUnit) -> list[str]:
    files = unit.other_files
    folders = tuple(
        each[: -len(_PYTHON_H)] for each in files if each.endswith(_PYTHON_H)
    )
    return [file for file in files if file.startswith(folders)]


@cache
def _expansions(code: str) -> list[tuple[str, frozenset[str]]]:
    matches = (*_MACRO.finditer(code), *_INLINE.finditer(code))
    return [
        (match["name"], frozenset(_WORD.findall(match["body"]))) for match in matches
    ]


def _code_of(file: str) -> str:
    return _read(Path(file).absolute())


@cache
def _read(path: Path) -> str:
    return c_code(text_of_source(path))


@cache
def _extent(code: str, name: str) -> range:
    """Return the lines where a function or variable is defined; none if not found."""
    plain = re.escape(name.partition("(")[0].rpartition("::")[2])
    if not plain:
        return range(0)
    head = rf"\b{plain}\s*(?:\([^;{{}}]*\)|(?:\[[^\]]*\]\s*)*=)[^;{{}}()]*\{{"
    match = re.search(head, code)
    if match is None:
        return range(0)
    end = _closing(code, match.end())
    return range(_line(code, match.start()), _line(code, end) + 1)


def _closing(code: str, start: int) -> int:
    """Find the brace that closes a block whose first letter is at ``start``."""
    depth = 1
    for brace in _BRACE.finditer(code, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(code)


def _line(code: str, offset: int) -> int:
    return code.count("\n", 0, offset) + 1
