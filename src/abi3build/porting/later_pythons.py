"""Find uses that later headers only deprecate, and changes of behavior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.porting.constructs import UsePlace
from abi3build.porting.uses import UseKind
from abi3build.stable_abi.behavior import ChangeKind, changes_after
from abi3build.stable_abi.header_changes import (
    find_header_change,
    instead_of,
    removal_of,
)
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from abi3build.porting.analysis import FileUses
    from abi3build.porting.preprocessing import TargetOfBuild
    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.versions import PythonVersion

__all__ = [
    "ChangedUse",
    "DeprecatedUse",
    "LaterHeaders",
    "changed_uses",
    "deprecated_uses",
    "later_headers",
]

_NOTICED = frozenset({ChangeKind.ACCEPTS, ChangeKind.REFUSES, ChangeKind.DIFFERS})


@dataclass(frozen=True)
class DeprecatedUse:
    """Name one thing that the headers deprecate, with its places."""

    name: str
    since: PythonVersion
    """The version that deprecated it."""

    removal: PythonVersion | None
    """The version whose headers drop it; None if none is known."""

    instead: str
    """What to do, as a clause; empty if unknown."""

    places: tuple[UsePlace, ...]


@dataclass(frozen=True)
class ChangedUse:
    """Name one change of behavior after the floor, with the places that may notice."""

    change: BehaviorChange
    places: tuple[UsePlace, ...]


@dataclass(frozen=True)
class LaterHeaders:
    """Name what the newest headers drop or deprecate, and those of the plan do not."""

    dropped: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()


def deprecated_uses(
    files: Iterable[FileUses], target: TargetOfBuild
) -> tuple[DeprecatedUse, ...]:
    """Return the names that a target's headers deprecate under its floor, sorted."""
    found = []
    for name, places in _places_of_names(files).items():
        change = find_header_change(name)
        first = change.deprecated_from(target.floor) if change is not None else None
        removal = removal_of(name, target.floor)
        if (
            change is None
            or change.since is None
            or first is None
            or first > target.headers
            or (removal is not None and removal <= target.headers)
        ):
            continue
        instead = instead_of(name, target.floor)
        found.append(DeprecatedUse(name, change.since, removal, instead, places))
    return tuple(found)


def later_headers(
    files: Iterable[FileUses], target: TargetOfBuild, gone: frozenset[str]
) -> LaterHeaders:
    """Return what the newest headers add to those of a target.

    ``gone`` are the names that have to change in any case.
    """
    dropped, deprecated = [], []
    for name in _places_of_names(files):
        change = find_header_change(name)
        if change is None or name in gone:
            continue
        removal = change.gone_from(target.floor)
        first = change.deprecated_from(target.floor)
        if removal is not None and removal > target.headers:
            dropped.append(name)
        elif first is not None and first > target.headers:
            deprecated.append(name)
    return LaterHeaders(tuple(dropped), tuple(deprecated))


def changed_uses(
    files: Iterable[FileUses], floor: PythonVersion
) -> tuple[ChangedUse, ...]:
    """Return what changed after a floor under the names that are used.

    What only an unusual program notices comes last; then by kind, version and name.
    """
    places = _places_of_names(files)
    order = list(ChangeKind)

    def key(change: BehaviorChange) -> tuple[bool, int, PythonVersion, str]:
        return change.rarely, order.index(change.kind), change.version, change.name

    changes = (
        each
        for each in changes_after(places, floor)
        if each.kind in _NOTICED and each.version <= NEWEST_KNOWN
    )
    return tuple(
        ChangedUse(each, places[each.name]) for each in sorted(changes, key=key)
    )


def _places_of_names(files: Iterable[FileUses]) -> Mapping[str, tuple[UsePlace, ...]]:
    """Return every name that files use, sorted, with its places."""
    found: dict[str, set[UsePlace]] = {}
    for each in files:
        path, source = each.file.path.as_posix(), each.file.source
        for use in each.uses:
            if use.kind is UseKind.NAME:
                line = source.count(b"\n", 0, use.offset) + 1
                found.setdefault(use.name, set()).add(UsePlace(path, line))
    return {name: tuple(sorted(found[name])) for name in sorted(found, key=str.lower)}
