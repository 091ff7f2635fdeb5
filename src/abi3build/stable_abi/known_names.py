"""Every name of CPython's C API, stable or not: tier, Pythons that export it.

``names.txt`` beside this module has one line a name; the generator writes it.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Name",
    "Tier",
    "all_names",
    "examined_releases",
    "find_name",
    "format_minors",
    "format_names",
    "lines_by_name",
    "looks_like_cpython",
    "parse_minors",
    "parse_names",
    "parse_releases",
    "read_table",
    "tier",
]


def read_table(name: str) -> str:
    """Return the text of a table by its file's name."""
    path = os.path.join(os.path.dirname(__file__), name)
    with open(path, encoding="utf-8") as file:
        return file.read()


def lines_by_name(text: str) -> dict[str, str]:
    """Return the rest of each line by its first word; comments begin with ``#``.

    Only the few lines that are asked for are parsed further: most runs need none.
    """
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return dict(map(str.split, lines, repeat(" "), repeat(1)))


def parse_minors(text: str) -> tuple[PythonVersion, ...]:
    """Read ``6-8,11`` as 3.6, 3.7, 3.8 and 3.11, in the order of the text.

    The empty text is the empty set.  Raise ``ValueError`` for anything that
    ``format_minors`` does not write.
    """
    versions: list[PythonVersion] = []
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        minors = range(int(first), int(last if dash else first) + 1)
        versions += [PythonVersion(3, minor) for minor in minors]
    if format_minors(versions) != text:
        message = f"not a set of minor versions: {text!r}"
        raise ValueError(message)
    return tuple(versions)


def format_minors(versions: Iterable[PythonVersion]) -> str:
    """Write versions of Python 3, in any order, as ``6-8,11``."""
    runs: list[list[int]] = []
    for _, minor in sorted(set(versions)):
        if runs and minor == runs[-1][-1] + 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return ",".join(
        f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs
    )


_EXAMINED = "# Linux builds examined: "


class Name(NamedTuple):
    """Describe what is known of one name."""

    tier: str
    """The name of a member of ``abi3build.stable_abi.tiers.Tier``, in lower case."""

    linux: tuple[PythonVersion, ...] = ()
    windows: tuple[PythonVersion, ...] = ()


@cache
def find_name(name: str) -> Name | None:
    """Return what is known of a name; None if no examined CPython has it."""
    line = _lines().get(name)
    return None if line is None else _parse(line)


def all_names() -> Iterable[str]:
    """Return every name that ``find_name`` knows, sorted."""
    return _lines()


@cache
def examined_releases() -> tuple[str, ...]:
    """Return the releases whose Linux builds and headers made the data."""
    comments = (line for line in _text().splitlines() if line.startswith(_EXAMINED))
    return tuple(next(comments)[len(_EXAMINED) :].split())


def parse_names(text: str) -> dict[str, Name]:
    """Read what ``format_names`` writes."""
    return {name: _parse(line) for name, line in lines_by_name(text).items()}


def parse_releases(text: str) -> tuple[str, ...]:
    """Read the releases that ``format_names`` notes; none if there is no note."""
    for line in text.splitlines():
        if line.startswith(_EXAMINED):
            return tuple(line[len(_EXAMINED) :].split())
    return ()


def format_names(names: Mapping[str, Name], releases: tuple[str, ...]) -> str:
    """Write lines such as ``PyEval_GetCallStats public 6-8 5-9``, sorted by name."""
    lines = [f"{_EXAMINED}{' '.join(releases)}\n"]
    for name, known in sorted(names.items()):
        linux, windows = format_minors(known.linux), format_minors(known.windows)
        line = f"{name} {known.tier} {linux or '-'} {windows or '-'}"
        lines.append(f"{line.rstrip(' -')}\n")
    return "".join(lines)


@cache
def _lines() -> dict[str, str]:
    return lines_by_name(_text())


def _text() -> str:
    return read_table("names.txt")


def _parse(line: str) -> Name:
    tier, linux, windows = f"{line} - -".split(" ")[:3]
    return Name(tier, _versions(linux), _versions(windows))


@cache
def _versions(text: str) -> tuple[PythonVersion, ...]:
    return () if text == "-" else parse_minors(text)


_CPYTHON_NAME = re.compile(
    r"(?!Py(?:Init|InitU|ModExport|ModExportU)_)_?Py(?:_|[A-Z])\w*", re.ASCII
)


class Tier(Enum):
    """Say what standing a name has; the values are for people."""

    STABLE = "in the stable ABI"
    """In CPython's manifest of the stable ABI, whatever the version."""

    PUBLIC = "public, not in the Limited API"
    """A public header declares it in some version."""

    UNSTABLE = "PyUnstable_, may change with every minor version"
    """Public by PEP 689, for those who follow every version."""

    PRIVATE = "private, never stable"
    """A public header declares it in some version; it begins with an underscore."""

    INTERNAL = "internal to CPython, never stable"
    """CPython exports it or its headers under ``internal`` have it; no public header
    of any version does."""

    MACRO = "a macro outside the Limited API"
    """A function-like macro, an alias or an inline function that the headers hide
    under ``Py_LIMITED_API``, or a private one: no CPython exports it."""

    LIMITED_MACRO = "a macro of the Limited API, not a symbol"
    """A macro or an inline function that the headers offer under ``Py_LIMITED_API``
    too: a binary that takes it as a symbol was compiled without its header."""

    UNKNOWN = "no CPython has it"
    """No release examined, from 3.6 on, exports or declares it."""


def tier(name: str) -> Tier:
    """Return the standing of a name, the most favorable over all versions.

    Exported symbols come before macros: ``PyCell_Set`` is a function even where a
    macro hides it.
    """
    known = find_name(name)
    return Tier.UNKNOWN if known is None else Tier[known.tier.upper()]


def looks_like_cpython(name: str) -> bool:
    """Tell whether a symbol has the form of CPython's own: ``Py_...``, ``_PyX...``.

    The functions by which CPython finds a module, such as ``PyInit_demo`` and
    ``PyModExport_demo`` (PEP 489, PEP 793), belong to the modules.
    """
    return _CPYTHON_NAME.fullmatch(name) is not None
