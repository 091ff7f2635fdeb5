"""Which names later headers deprecate, or drop, under each floor.

A binary finds such a name as before; its source no longer compiles without a warning,
or at all.  ``header_changes.txt`` beside this module, which the generator writes, has
one line a name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.behavior import ChangeKind, changes_of
from abi3build.stable_abi.declarations import format_shown, parse_shown
from abi3build.stable_abi.known_names import lines_by_name, read_table
from abi3build.stable_abi.replacements import replacement_at, since
from abi3build.versions import NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from abi3build.stable_abi.declarations import Shown

__all__ = [
    "FIRST_HEADERS",
    "HeaderChange",
    "all_header_changes",
    "find_header_change",
    "format_header_changes",
    "instead_of",
    "parse_header_changes",
    "removal_of",
]

FIRST_HEADERS = PythonVersion(3, 9)
"""The oldest headers that were read."""

_NOTHING = "-"


class HeaderChange(NamedTuple):
    """Say which headers declare one name, and which call it deprecated."""

    name: str
    since: PythonVersion | None
    """Since when it is deprecated, as ``Py_DEPRECATED`` says; None if it is not."""

    declared: tuple[Shown, ...]
    """The versions whose headers declare it, each with the floors, sorted."""

    deprecated: tuple[Shown, ...]
    """The versions whose headers have a compiler warn of it, sorted."""

    def gone_from(self, floor: PythonVersion) -> PythonVersion | None:
        """Return the first headers that drop the name under a floor.

        None if the newest have it, or if none ever had it under this floor.
        """
        having = [each.headers for each in self.declared if each.lowest <= floor]
        last = max(having, default=NEWEST_KNOWN)
        return None if last == NEWEST_KNOWN else _after(last)

    def hidden_from(self) -> PythonVersion | None:
        """Return the first floor under which the newest headers no longer show it.

        None if they show it under each one from the first on.
        """
        newest = max(self.declared, default=None)
        if newest is None or newest.highest == newest.headers:
            return None
        return _after(newest.highest)

    def deprecated_from(self, floor: PythonVersion) -> PythonVersion | None:
        """Return the first headers with which a compiler warns of it under a floor."""
        warning = [
            each.headers
            for each in self.deprecated
            if each.lowest <= floor <= each.highest
        ]
        return min(warning, default=None)


@cache
def find_header_change(name: str) -> HeaderChange | None:
    """Return what headers of 3.9 and later changed about a name; None if nothing."""
    line = _lines().get(name)
    return None if line is None else _parse(name, line)


def all_header_changes() -> Iterator[HeaderChange]:
    """Yield every name that some headers deprecate or drop, sorted."""
    return (_parse(name, line) for name, line in _lines().items())


def removal_of(name: str, floor: PythonVersion) -> PythonVersion | None:
    """Return the version whose headers drop a name, or will; None if none is known.

    Those of the past are read from the headers, those to come from the reference.
    """
    change = find_header_change(name)
    gone = change.gone_from(floor) if change is not None else None
    if gone is not None:
        return gone
    planned = (
        each.text.partition(_PLANNED)[2]
        for each in changes_of(name)
        if each.kind is ChangeKind.DEPRECATED and _PLANNED in each.text
    )
    return next((PythonVersion.parse(version) for version in planned), None)


_PLANNED = "to be removed from the headers of "
"""The words of ``behavior.txt``, at the end of a fact."""


def instead_of(name: str, floor: PythonVersion) -> str:
    """Return what to do instead of a deprecated or dropped name; "" if unknown.

    The table of replacements knows what the floor has; what it lacks, the notes of
    CPython's references say.
    """
    known = replacement_at(name, floor)
    if known is not None and known.instead:
        return f"use {known.instead} (stable since {since(known)})"
    facts = {each.kind: each.text for each in changes_of(name)}
    text = facts.get(ChangeKind.GONE) or facts.get(ChangeKind.DEPRECATED) or ""
    return "" if _PLANNED in text else text.removeprefix("soft; ")


def parse_header_changes(text: str) -> Iterator[HeaderChange]:
    """Read lines such as ``PyWeakref_GetObject 3.13 9-14:2- 13-14:2-``.

    After the name come since when it is deprecated, and for runs of headers (minor
    versions of Python 3) from which floor they declare it, and deprecate it.
    """
    for name, line in lines_by_name(text).items():
        yield _parse(name, line)


def format_header_changes(changes: Iterable[HeaderChange]) -> str:
    """Write the lines that ``parse_header_changes`` reads, sorted by name."""
    return "".join(
        f"{each.name} {each.since or _NOTHING}"
        f" {format_shown(each.declared) or _NOTHING}"
        f" {format_shown(each.deprecated) or _NOTHING}\n"
        for each in sorted(changes)
    )


def _parse(name: str, line: str) -> HeaderChange:
    since, declared, deprecated = line.split(" ")
    return HeaderChange(
        name,
        None if since == _NOTHING else PythonVersion.parse(since),
        _shown(declared),
        _shown(deprecated),
    )


def _shown(text: str) -> tuple[Shown, ...]:
    return () if text == _NOTHING else tuple(sorted(parse_shown(text)))


def _after(version: PythonVersion) -> PythonVersion:
    return PythonVersion(version.major, version.minor + 1)


@cache
def _lines() -> Mapping[str, str]:
    return lines_by_name(read_table("header_changes.txt"))
