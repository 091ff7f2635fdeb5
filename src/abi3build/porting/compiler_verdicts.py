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
    from collections.abc import Sequence
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
    r"(?P<header>[\w./+-]+): No such file",
    r"'(?P<header>[\w./+-]+)' file not found",
)
_MESSAGE = tuple(re.compile(each) for each in _MESSAGES)
_FIELD = re.compile(r"(?:->|\.)\s*(\w+)")


class Rejection(NamedTuple):
    """Name one place that a compiler rejects."""

    file: str
    line: int
    kind: str
    """name, field, variable, value, cast, header or other."""

    name: str
    """What is rejected; for a field ``Structure.field``."""


def rejections(
    compiler: Sequence[str],
    unit: CompiledUnit,
    include: Sequence[Path],
    floor: PythonVersion | None,
) -> list[Rejection] | None:
    """Return what a compiler rejects of a unit, sorted; None if it did not end.

    Takes the compiler's command, the folders of Python's headers, and the limit (None
    for the whole API).
    """
    command = [*compiler, "-fsyntax-only", *unit.options]
    command += ["-Werror=implicit-function-declaration"]
    command += ["-Werror=incompatible-pointer-types"] if not unit.is_cpp else []
    is_clang = "clang" in os.path.basename(compiler[0])  # noqa: PTH119 - a command
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
        _rejection(match) for match in map(_ERROR.match, text.split("\n")) if match
    }
    if not found and ended.returncode:
        return None
    return sorted(found)


def _rejection(match: re.Match[str]) -> Rejection:
    file, line = os.path.normpath(match["file"]), int(match["line"])
    for pattern in _MESSAGE:
        found = pattern.search(match["text"])
        if found is None:
            continue
        given = {key: value for key, value in found.groupdict().items() if value}
        if "owner" in given:
            owner = _last(given["owner"])
            field = given.get("field") or _field_at(file, line, int(match["column"]))
            fields = structures()[owner].fields if owner in structures() else {field}
            known = field if field in fields else ""
            return Rejection(file, line, "field", f"{owner}.{known}")
        kind, name = next(iter(given.items()))
        return Rejection(file, line, kind, _last(name))
    return Rejection(file, line, "other", match["text"][:120])


def _last(name: str) -> str:
    return {"_typeobject": "PyTypeObject", "_ts": "PyThreadState"}.get(
        name.rsplit(maxsplit=1)[-1], name.rsplit(maxsplit=1)[-1]
    )


def _field_at(file: str, line: int, column: int) -> str:
    """Return the field after the arrow at a place, which the message does not name."""
    try:
        with open(file, "rb") as source:  # noqa: PTH123 - as the compiler wrote it
            text = source.read().split(b"\n")[line - 1].decode("utf-8", "replace")
    except (OSError, IndexError):
        return ""
    found = _FIELD.search(text, max(column - 1, 0))
    return found[1] if found else ""
