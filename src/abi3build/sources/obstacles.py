"""Find in source text what stands between it and the stable ABI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from abi3build.stable_abi.known_names import Tier, tier
from abi3build.stable_abi.replacements import (
    all_replacements,
    replacement,
    replacement_at,
    since,
)
from abi3build.stable_abi.stable_symbols import stable_symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.versions import PythonVersion

__all__ = ["Obstacle", "ObstacleKind", "find_obstacles", "own_names"]


class ObstacleKind(Enum):
    """Name the kinds of what has to change; the values are for people."""

    STATIC_TYPE = "static type"
    FIELD = "field of an object"
    STRUCTURE = "structure by value"
    OUTSIDE = "outside the Limited API"
    NEWER = "newer than the floor"
    LIBRARY = "library"


@dataclass(frozen=True, order=True)
class Obstacle:
    """Name one place in a source that has to change, and what to do."""

    file: str
    line: int
    name: str
    kind: ObstacleKind
    why: str
    instead: str = ""
    """The replacement with its version; empty where there is none."""

    note: str = ""
    documentation: str = ""
    possible_from: str = ""
    """The floor at which nothing has to change; empty where no floor helps."""


_NAME = re.compile(r"\b_?Py(?:_|[A-Z])\w*")
_DEFINED = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(_?Py\w+)|\b(_?Py\w+)[ \t]*\([^;{}()]*\)\s*\{",
    re.MULTILINE,
)
_STATIC_TYPE = re.compile(r"\bPyTypeObject\s+(\w+)\s*(?:=|\{)")
_BY_VALUE = re.compile(r"(?:\bsizeof\s*\(\s*(\w+)\s*\)|\b(\w+Object)\s+\w+\s*;)")
_DECLARED = re.compile(
    r"\b([A-Za-z_]\w*)\s*\*+\s*(?:const\s+)?([A-Za-z_]\w*)\s*(?=[=;,)])"
)
_ACCESS = re.compile(
    r"(?:\(\s*(?:const\s+)?(?P<cast>\w+)\s*\*\s*\)[^;{}]{0,80}?\)|(?P<type>\bPy_TYPE\s*"
    r"\([^;{}]{0,80}?\))|(?P<variable>\b[A-Za-z_]\w*))\s*->\s*(?=(?P<field>[a-z_]\w*))"
)
_INLINE_BELOW = {
    "PyCFunction_New",
    "PyObject_DelAttr",
    "PyObject_DelAttrString",
    "Py_IS_TYPE",
    "Py_REFCNT",
    "Py_SET_SIZE",
    "Py_SIZE",
    "Py_TYPE",
}
"""Newer functions that every header has as a macro or inline for a lower floor.

Found by preprocessing the headers of 3.9 to 3.15 with floors 3.2, 3.9 and 3.12.
"""

_COMPLETE = {"PyObject", "PyVarObject", "PyModuleDef"}
"""The structures whose fields the limited API shows (abi3t hides them)."""


def find_obstacles(
    file: str, code: str, floor: PythonVersion, own: frozenset[str] = frozenset()
) -> list[Obstacle]:
    """Find the obstacles in code without comments, sorted by line.

    ``own`` are the names of CPython's form that the project itself defines.
    """
    found = {
        *_static_types(file, code, floor),
        *_by_value(file, code, floor),
        *_fields(file, code, floor),
        *_names(file, code, floor, own),
    }
    return sorted(found, key=lambda each: (each.line, each.name, each.kind.value))


def own_names(code: str) -> frozenset[str]:
    """Give the names of CPython's form that code defines as macros or functions."""
    return frozenset(
        match[1] or match[2]
        for match in _DEFINED.finditer(code)
        if match[1] or match[2]
    )


def _names(
    file: str, code: str, floor: PythonVersion, own: frozenset[str]
) -> Iterator[Obstacle]:
    for number, line in enumerate(code.split("\n"), 1):
        for name in set(_NAME.findall(line)) - own:
            stable = stable_symbols().get(name)
            if stable is not None:
                if stable.added > floor and name not in _INLINE_BELOW:
                    why = f"stable since {stable.added}"
                    yield _obstacle(
                        (file, number, name),
                        ObstacleKind.NEWER,
                        why,
                        floor,
                        str(stable.added),
                    )
            elif _is_outside(name):
                yield _obstacle(
                    (file, number, name), ObstacleKind.OUTSIDE, _why(name), floor
                )


@cache
def _is_outside(name: str) -> bool:
    standing = tier(name)
    if standing is Tier.UNKNOWN:
        known = replacement(name)
        return known is not None and known.name == name
    return standing is not Tier.LIMITED_MACRO


def _why(name: str) -> str:
    standing = tier(name)
    return "not in the Limited API" if standing is Tier.UNKNOWN else standing.value


def _static_types(file: str, code: str, floor: PythonVersion) -> Iterator[Obstacle]:
    for match in _STATIC_TYPE.finditer(code):
        place = (file, _line(code, match.start()), match[1])
        why = "a static type, whose layout differs between Pythons"
        yield _obstacle(
            place, ObstacleKind.STATIC_TYPE, why, floor, entry="static type"
        )


def _by_value(file: str, code: str, floor: PythonVersion) -> Iterator[Obstacle]:
    for match in _BY_VALUE.finditer(code):
        name = match[1] or match[2]
        if name in _structures() and name not in _COMPLETE:
            place = (file, _line(code, match.start()), name)
            why = "a structure whose size the Limited API hides"
            yield _obstacle(
                place, ObstacleKind.STRUCTURE, why, floor, entry=f"{name}.*"
            )


def _fields(file: str, code: str, floor: PythonVersion) -> Iterator[Obstacle]:
    declared = [
        (match.start(), match[2], match[1]) for match in _DECLARED.finditer(code)
    ]
    by_variable: dict[str, list[tuple[int, str]]] = {}
    for start, variable, structure in declared:
        by_variable.setdefault(variable, []).append((start, structure))
    for match in _ACCESS.finditer(code):
        field = match["field"]
        structure = match["cast"] or ("PyTypeObject" if match["type"] else "")
        if match["variable"]:
            before = [
                structure
                for start, structure in by_variable.get(match["variable"], ())
                if start < match.start()
            ]
            structure = before[-1] if before else ""
        structure = structure or _only_structure_with(field)
        if structure in _structures() and structure not in _COMPLETE:
            place = (file, _line(code, match.start("field")), f"{structure}.{field}")
            why = "a field that the Limited API hides"
            yield _obstacle(place, ObstacleKind.FIELD, why, floor)


@cache
def _structures() -> dict[str, set[str]]:
    """Give each structure that the table of replacements knows, with its fields."""
    structures: dict[str, set[str]] = {}
    for each in all_replacements():
        structure, dot, field = each.name.partition(".")
        if dot:
            structures.setdefault(structure, set()).add(field)
    return structures


@cache
def _only_structure_with(field: str) -> str:
    """Give the one structure that has a field of such a name, if its name tells."""
    if not re.match(r"(?:tp|ob|ht|co|ma|im|md|wr|gi|cr|nb|sq|mp|bf|am|func|f)_", field):
        return ""
    owners = [name for name, fields in _structures().items() if field in fields]
    if not owners and field.startswith("tp_"):
        return "PyTypeObject"
    return owners[0] if len(owners) == 1 else ""


def _obstacle(  # noqa: PLR0913, PLR0917 - the parts of one row
    place: tuple[str, int, str],
    kind: ObstacleKind,
    why: str,
    floor: PythonVersion,
    possible_from: str = "",
    entry: str = "",
) -> Obstacle:
    known = replacement_at(entry or place[2], floor)
    if known is None:
        return Obstacle(*place, kind, why, possible_from=possible_from)
    instead = f"{known.instead} (stable since {since(known)})" if known.instead else ""
    return Obstacle(
        *place, kind, why, instead, known.note, known.documentation, possible_from
    )


def _line(code: str, offset: int) -> int:
    return code.count("\n", 0, offset) + 1
