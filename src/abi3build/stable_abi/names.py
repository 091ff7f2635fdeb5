"""The data about every name of CPython's C API, stable or not.

``names.txt`` beside this module has one line a name: the name, its tier, the Python 3
minor versions whose Linux build exports it, and those whose ``python3.dll`` does.
"""

from __future__ import annotations

from functools import cache

from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.stable_abi.data_files import lines_by_name, read_table
from abi3build.stable_abi.ranges import format_minors, parse_minors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.versions import PythonVersion

__all__ = [
    "Name",
    "examined_releases",
    "find_name",
    "format_names",
    "parse_names",
    "parse_releases",
]

_EXAMINED = "# Linux builds examined: "


class Name(NamedTuple):
    """Hold what is known of one name."""

    tier: str
    """The name of a member of ``abi3build.stable_abi.tiers.Tier``, in lower case."""

    linux: tuple[PythonVersion, ...] = ()
    windows: tuple[PythonVersion, ...] = ()


@cache
def find_name(name: str) -> Name | None:
    """Give what is known of a name; None where no examined CPython has it."""
    line = _lines().get(name)
    return None if line is None else _parse(line)


@cache
def examined_releases() -> tuple[str, ...]:
    """Give the releases whose Linux builds and headers made the data."""
    comments = (line for line in _text().splitlines() if line.startswith(_EXAMINED))
    return tuple(next(comments)[len(_EXAMINED) :].split())


def parse_names(text: str) -> dict[str, Name]:
    """Read what ``format_names`` writes."""
    return {name: _parse(line) for name, line in lines_by_name(text).items()}


def parse_releases(text: str) -> tuple[str, ...]:
    """Read the releases that ``format_names`` notes; none where there is no note."""
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
