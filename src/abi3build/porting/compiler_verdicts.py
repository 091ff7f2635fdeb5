"""Ask a compiler what it rejects of a unit, with the limit and without it.

Only the syntax is checked; no file is written.  Messages are those of gcc and clang in
English.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.c_interface import structures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from abi3build.porting.analysis import CompiledUnit
    from abi3build.versions import PythonVersion

__all__ = ["Rejection", "rejections"]

_SECONDS = 180
"""How long one unit may take; large generated C++ needs half a minute."""

_ERROR = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<text>.*)$"
)
_MESSAGES = (
    r"implicit declaration of function '(?P<name>\w+)'",
    r"call to undeclared (?:library )?function '(?P<name>\w+)'",
    r"implicitly declaring library function '(?P<name>\w+)'",
    r"use of undeclared identifier '(?P<name>\w+)'",
    r"'(?P<name>\w+)' undeclared",
    r"unknown type name '(?P<name>\w+)'",
    r"'(?P<name>\w+)' was not declared in this scope",
    r"'(?P<name>\w+)' does not name a type",
    r"'(?P<name>\w+)' has not been declared",
    r"incomplete definition of type '(?P<owner>[\w ]+)'",
    r"member access into incomplete type '(?P<owner>[\w ]+)'",
    r"invalid use of (?:incomplete|undefined) type(?:def)? '(?P<owner>[\w ]+)[^']*'",
    r"dereferencing pointer to incomplete type '(?P<owner>[\w ]+)",
    r"no member named '(?P<field>\w+)' in '(?P<owner>\w+)'",
    r"'(?P<owner>\w+)'(?: \{aka [^}]*\})? has no member named '(?P<field>\w+)'",
    r"variable '(?:[\w ]+ )?(?P<variable>\w+)' has initializer but incomplete type",
    r"storage size of '(?P<variable>\w+)' isn't known",
    r"(?:aggregate|variable) '(?:\w+ )*(?P<variable>\w+)' has (?:incomp|initializer)",
    r"variable has incomplete type '(?P<value>[\w ]+)'",
    r"tentative definition has type '(?P<value>[\w ]+)'",
    r"field '(?P<variable>\w+)' has incomplete type",
    r"field has incomplete type '(?P<value>[\w ]+)'",
    r"sizeof' to (?:an )?incomplete type '(?P<value>[\w ]+)",
    r"array (?:type )?has incomplete element type '(?P<value>[\w ]+)",
    r"passing argument \d+ of '(?P<cast>\w+)' from incompatible pointer type",
    r"no matching function for call to '(?P<cast>_?Py\w+)'",
    r"conflicting types for '(?P<conflict>\w+)'",
    r"(?P<header>[\w./+-]+): No such file",
    r"'(?P<header>[\w./+-]+)' file not found",
)
_MESSAGE = tuple(re.compile(each) for each in _MESSAGES)
_FIELD = re.compile(r"(?:->|\.)\s*(\w+)")
_DESIGNATOR = re.compile(r"\s*\.\s*\w+\s*=")
_EXPANSION = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: note: in expansion of macro ", re.MULTILINE
)
_INITIALIZED = re.compile(r"note: \(near initialization for '(?P<variable>\w+)")
_DIAGNOSTIC = re.compile(r"^[^:\n]+:\d+:\d+: (?:fatal error|error|warning): ")


class Rejection(NamedTuple):
    """Name one place that a compiler rejects."""

    file: str
    line: int
    kind: str
    """name, field, variable, value, cast, header, conflict or other."""

    name: str
    """What is rejected; for a field ``Structure.field``."""


def rejections(
    compiler: Sequence[str],
    unit: CompiledUnit,
    include: Sequence[Path],
    floor: PythonVersion | None,
) -> list[Rejection] | None:
    """Return what a compiler rejects of a unit, sorted; None if it did not finish.

    Takes the compiler's command, the folders of Python's headers, and the limit (None
    for the whole API).
    """
    command = [*compiler, "-fsyntax-only", *unit.options]
    command += ["-Werror=implicit-function-declaration"]
    command += ["-Werror=incompatible-pointer-types"] if not unit.is_cpp else []
    # The first word may be that of a cache, as in "ccache clang".
    is_clang = any("clang" in word for word in compiler)
    command += ["-ferror-limit=0" if is_clang else "-fmax-errors=0"]
    command += [f"-I{folder}" for folder in (*unit.folders, *include)]
    for name, value in unit.macros:
        command.append(f"-U{name}" if value is None else f"-D{name}={value}")
    if floor is not None:
        command.append(f"-DPy_LIMITED_API={floor.hex}")
    try:
        ended = subprocess.run(
            [*command, str(unit.path)],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return None
    text = ended.stderr.decode("utf-8", "replace")
    found = {
        _rejection(match, notes)
        for first, notes in _diagnostics(text)
        if (match := _ERROR.match(first))
    }
    if not found and ended.returncode:
        return None
    return sorted(found)


def _diagnostics(text: str) -> Iterator[tuple[str, str]]:
    """Yield the first line of each error and warning with the lines that follow it."""
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if _DIAGNOSTIC.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        yield lines[start], "\n".join(lines[start + 1 : end])


def _rejection(match: re.Match[str], notes: str) -> Rejection:
    file, line = os.path.normpath(match["file"]), int(match["line"])
    for pattern in _MESSAGE:
        found = pattern.search(match["text"])
        if found is None:
            continue
        given = {key: value for key, value in found.groupdict().items() if value}
        if "owner" in given:
            owner = _last(given["owner"])
            if _is_designator(file, line):
                line = _line_above(file, line, owner)
                return Rejection(file, line, "other", match["text"][:120])
            field = given.get("field") or _field_at(file, line, int(match["column"]))
            fields = structures()[owner].fields if owner in structures() else {field}
            known = field if field in fields else ""
            return Rejection(file, line, "field", f"{owner}.{known}")
        kind, name = next(iter(given.items()))
        return Rejection(file, line, kind, _last(name))
    file, line = _outer_place(file, line, notes)
    return Rejection(file, line, "other", match["text"][:120])


def _outer_place(file: str, line: int, notes: str) -> tuple[str, int]:
    """Return where a macro of a header stands in the source, as gcc notes it.

    In an initializer it is the line of the variable.
    """
    variable = _INITIALIZED.search(notes)
    before = notes[: variable.start()] if variable else notes
    for outer in _EXPANSION.finditer(before):
        file, line = os.path.normpath(outer["file"]), int(outer["line"])
    if variable is None:
        return file, line
    return file, _line_above(file, line, variable["variable"])


def _is_designator(file: str, line: int) -> bool:
    """Tell whether a line names a field of the variable that it initializes."""
    return bool(_DESIGNATOR.match("".join(_lines_of(file)[line - 1 : line])))


def _line_above(file: str, line: int, name: str) -> int:
    """Return the nearest line with a name from a line upwards; that line if none."""
    word = re.compile(rf"\b{name}\b")
    above = list(enumerate(_lines_of(file)[:line], 1))
    return next((at for at, text in reversed(above) if word.search(text)), line)


def _last(name: str) -> str:
    return {"_typeobject": "PyTypeObject", "_ts": "PyThreadState"}.get(
        name.rsplit(maxsplit=1)[-1], name.rsplit(maxsplit=1)[-1]
    )


def _field_at(file: str, line: int, column: int) -> str:
    """Return the field after the arrow at a place, which the message does not name."""
    text = "".join(_lines_of(file)[line - 1 : line])
    found = _FIELD.search(text, max(column - 1, 0))
    return found[1] if found else ""


def _lines_of(file: str) -> list[str]:
    """Return the lines of a file as a compiler counts them; none if it is not there."""
    try:
        with open(file, "rb") as source:  # noqa: PTH123 - as the compiler wrote it
            return source.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return []
