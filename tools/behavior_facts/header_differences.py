"""Hold headers of several versions against each other, and against the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.stable_abi.behavior import ChangeKind, all_changes, changes_of
from abi3build.stable_abi.declarations import Shown, limited_since
from abi3build.stable_abi.header_changes import HeaderChange
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.versions import PythonVersion
    from behavior_facts.declared_under_floors import HeadersUnderFloors

__all__ = ["found_changes", "what_is_stale", "without_fact"]

_GUARD = "_H"
_DECLARED_LATE = frozenset({"PyMem_Calloc"})
"""In the manifest since 3.7, and under a limit in headers since 3.10."""


def found_changes(read: Sequence[HeadersUnderFloors]) -> list[HeaderChange]:
    """Return the names that some headers deprecate or drop, from those of all versions.

    Dropping one is also to show it under lower floors alone.  Comes in what was read,
    the oldest first.
    """
    names: set[str] = set()
    for older, newer in zip(read, read[1:]):
        for floor, declared in older.declared.items():
            names |= declared - newer.declared[floor]
    for each in read:
        for deprecated in each.deprecated.values():
            names |= deprecated.keys()
        floors = sorted(each.declared)
        for lower, higher in zip(floors, floors[1:]):
            names |= each.declared[lower] - each.declared[higher]
    changes = (_change(name, read) for name in names if not name.endswith(_GUARD))
    return sorted(filter(_says_something, changes))


def _change(name: str, read: Iterable[HeadersUnderFloors]) -> HeaderChange:
    declared, deprecated = [], []
    since: PythonVersion | None = None
    for each in read:
        floors = [floor for floor, names in each.declared.items() if name in names]
        if floors:
            declared.append(Shown(each.version, floors[0], floors[-1]))
        warned = [floor for floor, names in each.deprecated.items() if name in names]
        if warned:
            deprecated.append(Shown(each.version, warned[0], warned[-1]))
            since = each.deprecated[warned[-1]][name]
    return HeaderChange(name, since, tuple(declared), tuple(deprecated))


def _says_something(change: HeaderChange) -> bool:
    """Tell whether a name is deprecated, or is gone for good under some floor."""
    return (
        bool(change.deprecated)
        or change.hidden_from() is not None
        or any(change.gone_from(each.lowest) for each in change.declared)
    )


def what_is_stale(
    known: Iterable[HeaderChange], read: Iterable[HeadersUnderFloors]
) -> list[str]:
    """Return a line for each name that headers at hand have otherwise than the table.

    Comes in the headers of any versions.  A name that the table lacks shows if it is
    deprecated, or if it is of the stable ABI and not declared.
    """
    by_name = {each.name: each for each in known}
    lines = []
    for each in read:
        found = {name for names in each.deprecated.values() for name in names}
        found |= {
            symbol.name
            for symbol in stable_symbols().values()
            if symbol.added <= each.version
            and not symbol.condition
            and not symbol.abi_only
            and symbol.name not in _DECLARED_LATE
            and symbol.name not in each.declared[each.version]
        }
        for name in sorted(found | by_name.keys()):
            table, here = by_name.get(name), _change(name, [each])
            if table is None or _of_headers(table, each) != (
                here.declared,
                here.deprecated,
            ):
                lines.append(
                    f"{name}: headers of {each.version} have it otherwise:"
                    " run tools/generate_header_changes.py"
                )
    return lines


def _of_headers(
    change: HeaderChange, read: HeadersUnderFloors
) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    of_version = (
        tuple(shown for shown in shows if shown.headers == read.version)
        for shows in (change.declared, change.deprecated)
    )
    declared, deprecated = of_version
    return declared, deprecated


def without_fact(known: Sequence[HeaderChange]) -> list[str]:
    """Return a line for each difference between headers and ``behavior.txt``.

    That has to say which names of the Limited API are gone, and since when, and of
    which a compiler warns; nothing else may be gone in it.
    """
    lines = []
    for each in known:
        symbol = stable_symbols().get(each.name)
        first = symbol.added if symbol is not None else limited_since(each.name)
        if first is None:
            continue
        facts = {(fact.kind, fact.version) for fact in changes_of(each.name)}
        gone = each.gone_from(first)
        if gone is not None and (ChangeKind.GONE, gone) not in facts:
            lines.append(f"{each.name}: behavior.txt lacks that it is gone from {gone}")
        if each.deprecated and ChangeKind.DEPRECATED not in {kind for kind, _ in facts}:
            lines.append(f"{each.name}: behavior.txt lacks that it is deprecated")
    by_name = {each.name: each for each in known}
    for fact in all_changes():
        if fact.kind is not ChangeKind.GONE:
            continue
        change = by_name.get(fact.name)
        if change is None or change.gone_from(_first(fact.name)) != fact.version:
            lines.append(f"{fact.name}: no headers drop it in {fact.version}")
    return lines


def _first(name: str) -> PythonVersion:
    symbol = stable_symbols().get(name)
    return symbol.added if symbol is not None else FIRST_STABLE_ABI
