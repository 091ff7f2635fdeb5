"""Find what a build's sources use that newer headers deprecate, or no longer declare.

The compiler warns of what its own headers deprecate; the table knows of all headers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.sources.code import (
    c_code,
    lines_with,
    text_of_source,
    without_dropped_lines,
)
from abi3build.stable_abi.header_changes import (
    all_header_changes,
    find_header_change,
    instead_of,
    removal_of,
)
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.versions import PythonVersion

__all__ = ["OutdatedName", "find_outdated_names"]


_WORD = re.compile(r"\w+")


class OutdatedName(NamedTuple):
    """Name one thing that compiles now, and not for ever."""

    name: str
    since: PythonVersion | None
    """The version that deprecated it; None if it is not, or that is not known."""

    removal: PythonVersion | None
    """The first version whose headers no longer declare it; None if none is known."""

    instead: str
    """What to do, as a clause; empty if unknown."""

    compiler_warned: bool
    places: tuple[str, ...]
    """Such as ``src/core.c:41``; at least one, sorted."""


def find_outdated_names(
    units: Iterable[TranslationUnit], taken: Collection[str], floor: PythonVersion
) -> tuple[OutdatedName, ...]:
    """Return the names that the compiler or newer headers call outdated, sorted.

    ``taken`` are the symbols that the finished files use from CPython: a function that
    is only in a source, for another Python, is not one of them.  A macro counts if no
    condition around it is in doubt.
    """
    units = tuple(units)
    warned: dict[str, set[tuple[str, int]]] = {}
    for unit in units:
        for seen in unit.deprecations:
            warned.setdefault(seen.name, set()).add((seen.file, seen.line))
    expected = {
        each.name
        for each in all_header_changes()
        if (each.gone_from(floor) or each.deprecated_from(floor))
        and (each.name not in stable_symbols() or each.name in taken)
    }
    places = _places(units, expected - warned.keys(), floor)
    return tuple(
        _outdated(name, warned, places.get(name, set()), floor)
        for name in sorted(warned.keys() | places.keys())
    )


def _outdated(
    name: str,
    warned: dict[str, set[tuple[str, int]]],
    places: set[tuple[str, int]],
    floor: PythonVersion,
) -> OutdatedName:
    change = find_header_change(name)
    found = sorted(warned.get(name, places))
    return OutdatedName(
        name,
        change.since if change is not None else None,
        removal_of(name, floor),
        instead_of(name, floor),
        name in warned,
        tuple(f"{file}:{line}" for file, line in found),
    )


def _places(
    units: Iterable[TranslationUnit], names: set[str], floor: PythonVersion
) -> dict[str, set[tuple[str, int]]]:
    """Return where own files use names, as the newest headers would compile them."""
    found: dict[str, set[tuple[str, int]]] = {}
    if not names:
        return found
    for file in sorted({file for unit in units for file in unit.own_files}):
        text = text_of_source(file)
        named = _without_doubtful(names.intersection(_WORD.findall(text)), text, floor)
        if not named:
            continue
        code = c_code(text)
        for name in named:
            # Of a macro no import tells that it is used.
            kept = without_dropped_lines(
                code, floor, NEWEST_KNOWN, keeps_doubtful=name in stable_symbols()
            )
            for line in lines_with(kept, frozenset({name})):
                found.setdefault(name, set()).add((file, line))
    return found


def _without_doubtful(names: set[str], text: str, floor: PythonVersion) -> set[str]:
    """Leave out macros that appear only below doubtful conditions.

    All code that Cython generates has one.  In megabytes of code, this takes a fraction
    of the time of finding out what is code.
    """
    macros = names - stable_symbols().keys()
    if not macros:
        return names
    kept = without_dropped_lines(text, floor, NEWEST_KNOWN, keeps_doubtful=False)
    return names - {name for name in macros if name not in kept}
