"""Which lines of Python's headers only the full API reads.

The headers say so themselves: what lies under ``#ifndef Py_LIMITED_API``, and all of
``internal/`` and of the files in ``cpython/`` that ask for no limit.
https://github.com/python/cpython/blob/main/Include/README.rst
"""

from __future__ import annotations

import os
import re
from enum import Enum
from functools import cache
from pathlib import Path

__all__ = [
    "INCLUDE_FOLDER",
    "full_api_lines",
    "header_of_python",
    "is_shipped_header",
]

INCLUDE_FOLDER = "abi3build-include"
"""Where the build keeps its copies of abi3build's headers, below its build folder."""

_SHIPPED = Path(__file__).parents[1] / "include"

_PART_FOLDERS = ("cpython", "internal")
_LIMIT = "Py_LIMITED_API"
_DIRECTIVE = re.compile(
    r"[ \t]*#[ \t]*(?P<what>ifdef|ifndef|if|elif|else|endif)\b(?P<rest>.*)"
)
_COMMENT = re.compile(r"/\*.*?\*/|//.*|/\*.*")
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_FOR_CPLUSPLUS = ("", 'extern "C" {', "}")
_SPACE = re.compile(r"[\s()]+")


class _Branch(Enum):
    """Say when the lines of a conditional group are read."""

    WITHOUT_LIMIT = "without the limit alone"
    WITH_LIMIT = "with the limit alone, so that #else is without"
    EITHER = "with or without"


@cache
def header_of_python(path: str) -> tuple[str, str] | None:
    """Return the real path and the name of one of Python's headers: ``cpython/code.h``.

    Return None for other files.  A header is recognized by the files next to it,
    ``Python.h`` and ``patchlevel.h``, so neither symbolic links nor several Pythons
    matter.
    """
    real = os.path.realpath(path)
    folder, name = os.path.split(real)
    parts = folder.split(os.sep)
    # internal/ has folders of its own, such as internal/mimalloc/mimalloc.
    for at in range(len(parts) - 1, max(len(parts) - 4, 0), -1):
        if parts[at] in _PART_FOLDERS:
            root = os.sep.join(parts[:at])
            return (real, "/".join([*parts[at:], name])) if _is_pythons(root) else None
    return (real, name) if _is_pythons(folder) else None


@cache
def _is_pythons(folder: str) -> bool:
    names = ("Python.h", "patchlevel.h")
    return all(os.path.isfile(f"{folder}/{each}") for each in names)


def is_shipped_header(path: str) -> bool:
    """Tell whether a file is the build's copy of one of abi3build's own headers.

    The bytes decide, not only the name: a project may have a folder of the same name,
    and its own headers there are treated like any other.
    """
    return INCLUDE_FOLDER in path and _is_same_header(os.path.abspath(path))


@cache
def _is_same_header(path: str) -> bool:
    _, found, name = path.replace(os.sep, "/").rpartition(f"/{INCLUDE_FOLDER}/")
    shipped = _SHIPPED / name
    try:
        return bool(found) and shipped.read_bytes() == Path(path).read_bytes()
    except OSError:
        return False


@cache
def full_api_lines(real: str, name: str) -> frozenset[int] | None:
    """Return the lines that only the full API reads; None if all of them are.

    Takes the result of ``header_of_python``.
    """
    try:
        with open(real, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return None
    if name.startswith("internal/"):
        return None
    lines = frozenset(_lines_without_limit(text)) if _LIMIT in text else frozenset()
    if name.startswith("cpython/") and not _is_empty_under_limit(text, lines):
        return None
    return lines


def _is_empty_under_limit(text: str, full: frozenset[int]) -> bool:
    """Tell whether a header has nothing but its guard besides what the limit hides."""
    plain = _COMMENTS.sub(lambda match: "\n" * match[0].count("\n"), text)
    return all(
        number in full
        or line.strip() in _FOR_CPLUSPLUS
        or line.lstrip().startswith("#")
        for number, line in enumerate(plain.split("\n"), 1)
    )


def _lines_without_limit(text: str) -> list[int]:
    found = []
    groups: list[_Branch] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _DIRECTIVE.match(line)
        if match is None:
            if _Branch.WITHOUT_LIMIT in groups:
                found.append(number)
        elif match["what"] == "endif":
            groups[-1:] = []
        elif match["what"] in {"else", "elif"}:
            was_with = groups[-1:] == [_Branch.WITH_LIMIT]
            groups[-1:] = [_Branch.WITHOUT_LIMIT if was_with else _Branch.EITHER]
        else:
            groups.append(_branch(match["what"], match["rest"]))
    return found


def _branch(what: str, rest: str) -> _Branch:
    condition = _SPACE.sub(" ", _COMMENT.sub("", rest)).strip()
    if what != "if":
        if condition != _LIMIT:
            return _Branch.EITHER
        return _Branch.WITH_LIMIT if what == "ifdef" else _Branch.WITHOUT_LIMIT
    if condition == f"defined {_LIMIT}":
        return _Branch.WITH_LIMIT
    terms = [term.strip() for term in condition.split("&&")]
    negated = {f"!defined {_LIMIT}", f"! defined {_LIMIT}"}
    if "||" not in condition and negated.intersection(terms):
        return _Branch.WITHOUT_LIMIT
    return _Branch.EITHER
