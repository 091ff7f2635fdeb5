"""The table of footprints: which name does what, with which headers and limits.

A line holds a name, its footprint and where it has it: ``everywhere``, or releases of
headers with the limits under which they were read, such as ``3.12.1:2-11``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Differences",
    "Places",
    "Table",
    "differences",
    "format_table",
    "limits_of",
    "parse_table",
    "releases_of",
    "without",
]

Places = set[tuple[str, int]]
"""Pairs of a release of headers and the minor version of a limit."""

Table = dict[tuple[str, str], Places]
"""Where each name has each footprint."""

Differences = dict[str, Table]
"""By name: its footprints that are not those of the limit's own headers."""

_LOWEST = 2
_OLDEST_BUILDER = 9
"""Older headers are read as the measure of old limits; nothing is built with them."""

_EVERYWHERE = "everywhere"
_HEADERS = "headers"
_ABSENT = ""
_ONLY_A_FUNCTION = "the function of this name"


def limits_of(release: str) -> tuple[PythonVersion, ...]:
    """Return the limits that the headers of a release can be read under."""
    return tuple(PythonVersion(3, minor) for minor in _minors_under(release))


def releases_of(table: Table) -> list[str]:
    """Return the releases whose headers a table knows, the oldest first."""
    return sorted(
        {release for places in table.values() for release, _ in places}, key=_order
    )


def format_table(table: Table) -> str:
    """Write the lines that ``parse_table`` reads, sorted by name and footprint."""
    releases = releases_of(table)
    lines = [" ".join([_HEADERS, *releases])]
    for (name, footprint), places in sorted(table.items()):
        lines.append(f"{name}\t{footprint}\t{_format_places(places, releases)}")
    return "\n".join(lines) + "\n"


def parse_table(text: str) -> Table:
    """Read lines of tab-separated fields; those that begin with ``#`` are comments."""
    table: Table = {}
    releases: list[str] = []
    for line in text.splitlines():
        if line.startswith(f"{_HEADERS} "):
            releases = line.split()[1:]
        elif line and not line.startswith("#"):
            name, footprint, where = line.split("\t")
            table[name, footprint] = set(_parse_places(where, releases))
    return table


def differences(table: Table) -> Differences:
    """Return what headers make of a name that the limit's own headers do not.

    Those are the newest that are known of the same minor version; a name that they do
    not have is a difference.  One that the newer headers lost is none, as the compiler
    says so, unless a function of the same name came after the limit.
    """
    releases = releases_of(table)
    at = {
        (release, limit, name): footprint
        for (name, footprint), places in table.items()
        for release, limit in places
    }
    own = {_minor(release): release for release in releases}
    found: Differences = {}
    for (release, limit, name), footprint in at.items():
        measure = _measure(own, limit)
        if _minor(release) < _OLDEST_BUILDER or release == measure:
            continue
        if at.get((measure, limit, name), _ABSENT) != footprint:
            rows = found.setdefault(name, {})
            rows.setdefault((name, footprint), set()).add((release, limit))
    for release, limit, name in _lost(at, releases, own):
        rows = found.setdefault(name, {})
        rows.setdefault((name, _ONLY_A_FUNCTION), set()).add((release, limit))
    return dict(sorted(found.items()))


def _lost(
    at: Mapping[tuple[str, int, str], str],
    releases: Iterable[str],
    own: Mapping[int, str],
) -> Iterator[tuple[str, int, str]]:
    symbols = stable_symbols()
    built = [each for each in releases if _minor(each) >= _OLDEST_BUILDER]
    for measure, limit, name in at:
        if name not in symbols or symbols[name].added.minor <= limit:
            continue
        if measure == _measure(own, limit):
            yield from (
                (release, limit, name)
                for release in built
                if _minor(release) >= limit and (release, limit, name) not in at
            )


def _measure(own: Mapping[int, str], limit: int) -> str:
    """Choose the release whose headers tell what a limit means."""
    return own[min(minor for minor in own if minor >= limit)]


def _format_places(places: Places, releases: Iterable[str]) -> str:
    known = list(releases)
    if places == _all_places(known):
        return _EVERYWHERE
    words = []
    for release in known:
        limits = sorted(limit for owner, limit in places if owner == release)
        if limits:
            words.append(f"{release}:{_ranges(limits)}")
    return " ".join(words)


def _parse_places(where: str, releases: Iterable[str]) -> Iterator[tuple[str, int]]:
    if where == _EVERYWHERE:
        yield from _all_places(releases)
        return
    for word in where.split():
        release, _, ranges = word.partition(":")
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            for limit in range(int(first), int(last or first) + 1):
                yield release, limit


def _all_places(releases: Iterable[str]) -> Places:
    return {(each, limit) for each in releases for limit in _minors_under(each)}


def _ranges(limits: list[int]) -> str:
    """Write sorted numbers as ranges, such as ``2-11,14``."""
    parts: list[list[int]] = []
    for limit in limits:
        if parts and parts[-1][-1] == limit - 1:
            parts[-1].append(limit)
        else:
            parts.append([limit])
    return ",".join(
        f"{each[0]}-{each[-1]}" if len(each) > 1 else str(each[0]) for each in parts
    )


def _minors_under(release: str) -> range:
    return range(_LOWEST, _minor(release) + 1)


def _minor(release: str) -> int:
    return _order(release)[1]


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release))


def without(table: Mapping[tuple[str, str], Places], releases: set[str]) -> Table:
    """Return a table that knows nothing of some releases."""
    left = {
        key: {place for place in places if place[0] not in releases}
        for key, places in table.items()
    }
    return {key: places for key, places in left.items() if places}
