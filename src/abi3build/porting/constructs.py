"""Judge uses of CPython's interface for a floor, and say how much work each takes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from abi3build.compat.offered_names import offered_names
from abi3build.porting.abi3t_goal import ABI3T_PAGE, hidden_from_abi3t
from abi3build.porting.binding_libraries import (
    LIBRARIES,
    UNABLE_LIBRARIES,
    library_of_header,
)
from abi3build.porting.c_interface import interface_name, structures
from abi3build.porting.demands import Demand, demand_of
from abi3build.porting.uses import UseKind
from abi3build.stable_abi.header_changes import find_header_change, instead_of
from abi3build.stable_abi.known_names import Tier, tier
from abi3build.stable_abi.replacements import replacement_at, since
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.porting.analysis import FileUses
    from abi3build.porting.preprocessing import TargetOfBuild
    from abi3build.porting.uses import Use

__all__ = ["Construct", "ConstructKind", "UsePlace", "find_constructs"]


class ConstructKind(Enum):
    """Name the kinds of what has to change; the values are for people."""

    STATIC_TYPE = "static type"
    FIELD = "field of an object"
    STRUCTURE = "structure by value"
    OUTSIDE = "outside the Limited API"
    NEWER = "newer than the floor"
    DROPPED = "dropped by newer headers"
    HEADER = "standard header"
    POINTER = "pointer of its own type"
    LIBRARY = "library"
    GENERATED = "generated source"
    ABI3T = "hidden from abi3t"


@dataclass(frozen=True, order=True)
class UsePlace:
    """Name one line of a file."""

    file: str
    line: int


@dataclass(frozen=True)
class Construct:
    """Name one thing that has to change, with all its places."""

    name: str
    kind: ConstructKind
    demand: Demand
    why: str
    places: tuple[UsePlace, ...]
    """Sorted; at least one."""

    instead: str = ""
    """The replacement with its version; empty if there is none."""

    note: str = ""
    documentation: str = ""
    since: str = ""
    """The floor from which nothing has to change; empty if no floor helps."""


_NEWLINE = re.compile(rb"\n")
_CASTS_END_AT = PythonVersion(3, 11)


def find_constructs(
    files: Iterable[FileUses], target: TargetOfBuild
) -> tuple[Construct, ...]:
    """Return what prevents a build for a floor, sorted by name."""
    found: dict[tuple[ConstructKind, str], Construct] = {}
    places: dict[tuple[ConstructKind, str], set[UsePlace]] = defaultdict(set)
    for each in files:
        # A list of numbers, because a large file would be counted through for each use.
        newlines = [match.start() for match in _NEWLINE.finditer(each.file.source)]
        for construct, offset in _of_file(each, target):
            key = construct.kind, construct.name
            found.setdefault(key, construct)
            line = bisect_left(newlines, offset) + 1
            places[key].add(UsePlace(each.file.path.as_posix(), line))
    return tuple(
        replace(found[key], places=tuple(sorted(places[key])))
        for key in sorted(found, key=lambda key: (key[1].lower(), key[0].value))
    )


def _of_file(each: FileUses, target: TargetOfBuild) -> Iterator[tuple[Construct, int]]:
    by_value = {use.offset for use in each.uses if use.kind is UseKind.VALUE}
    for use in each.uses:
        construct = _of_use(use._replace(offset=0), target)
        if construct is None or (
            # Said better by the structure that stands there by value.
            construct.kind is ConstructKind.OUTSIDE
            and use.kind is UseKind.NAME
            and use.offset in by_value
        ):
            continue
        yield construct, use.offset
    for header, name, offset in each.missing:
        yield _header(header, name, target.floor), offset
    for library, header in library_of_header(each.file.own_includes).items():
        if library in UNABLE_LIBRARIES:
            offset = max(each.file.source.find(header.encode()), 0)
            yield _library(library), offset


@cache
def _of_use(use: Use, target: TargetOfBuild) -> Construct | None:
    opaque = hidden_from_abi3t(use) if target.is_abi3t else None
    if opaque is not None:
        why, note = opaque
        demand = Demand.ONE_LINE if use.kind is UseKind.MODULE_INIT else Demand.TYPE
        kind = ConstructKind.ABI3T
        return Construct(use.name, kind, demand, why, (), "", note, ABI3T_PAGE)
    floor = target.floor
    if use.kind in {UseKind.FIELD, UseKind.VALUE}:
        return _of_structure(use, floor)
    if use.kind is UseKind.NAME:
        return _of_name(use.name, floor) or _dropped(use.name, target)
    if use.kind is UseKind.STATIC_TYPE:
        why = "a static type, whose layout differs between Pythons"
        return _known(use.name, ConstructKind.STATIC_TYPE, why, floor, "static type")
    if use.kind is UseKind.OBJECT_MACRO:
        return _pointer(use, floor) if floor >= _CASTS_END_AT else None
    return None


def _of_structure(use: Use, floor: PythonVersion) -> Construct | None:
    """Judge a structure by value or one of its fields."""
    structure = structures()[use.structure]
    if structure.whole_since is not None and structure.whole_since <= floor:
        return None
    hidden = _of_name(use.structure, floor)
    if hidden is not None and hidden.since:
        # The name of the structure is what is missing; its fields come with it.
        return hidden
    if use.kind is UseKind.VALUE:
        why = "a structure whose size the Limited API hides"
        entry = f"{use.name}.*"
        return _known(use.name, ConstructKind.STRUCTURE, why, floor, entry)
    why = "a field that the Limited API hides"
    return _known(use.name, ConstructKind.FIELD, why, floor)


def _of_name(name: str, floor: PythonVersion) -> Construct | None:
    known = interface_name(name)
    if known is None or (known.since is not None and known.since <= floor):
        return None
    if known.since is not None:
        why = f"in the Limited API since {known.since}"
        newer = _known(name, ConstructKind.NEWER, why, floor)
        return replace(newer, since=str(known.since))
    standing = tier(name)
    why = (
        "not in the Limited API"
        if standing in {Tier.UNKNOWN, Tier.STABLE, Tier.LIMITED_MACRO}
        else standing.value
    )
    return _known(name, ConstructKind.OUTSIDE, why, floor)


def _dropped(name: str, target: TargetOfBuild) -> Construct | None:
    """Judge a name of the Limited API by the headers that a build uses."""
    change = find_header_change(name)
    if change is None or interface_name(name) is None:
        return None
    gone, hidden = change.gone_from(target.floor), change.hidden_from()
    if gone is not None and gone <= target.headers:
        why = f"headers of {gone} and later no longer declare it"
    elif hidden is not None and hidden <= target.floor:
        why = f"not declared under a limit of {hidden} and later"
    else:
        return None
    found = _known(name, ConstructKind.DROPPED, why, target.floor)
    if found.instead:
        return found
    # The references say what to do of names that the table of replacements lacks.
    note = found.note or instead_of(name, target.floor)
    return replace(found, demand=Demand.ONE_LINE, note=note)


def _known(
    name: str,
    kind: ConstructKind,
    why: str,
    floor: PythonVersion,
    entry: str = "",
) -> Construct:
    found = replacement_at(entry or name, floor)
    demand = demand_of(name, kind.name, found)
    by_name = {ConstructKind.OUTSIDE, ConstructKind.NEWER}
    if kind in by_name and name in offered_names(floor):
        demand = Demand.NOTHING
    if found is None:
        return Construct(name, kind, demand, why, ())
    instead = f"{found.instead} (stable since {since(found)})" if found.instead else ""
    return Construct(
        name, kind, demand, why, (), instead, found.note, found.documentation
    )


def _header(header: str, name: str, floor: PythonVersion) -> Construct:
    is_offered = f"<{header}>" in offered_names(floor)
    return Construct(
        f"{name} of <{header}>",
        ConstructKind.HEADER,
        Demand.NOTHING if is_offered else Demand.ONE_LINE,
        f"Python.h leaves <{header}> out under this limit",
        (),
        f"#include <{header}>",
        "",
        "https://docs.python.org/3/whatsnew/3.11.html#id8",
    )


def _pointer(use: Use, floor: PythonVersion) -> Construct:
    is_offered = use.structure in offered_names(floor)
    return Construct(
        use.name,
        ConstructKind.POINTER,
        Demand.NOTHING if is_offered else Demand.ONE_LINE,
        f"{use.structure} does not cast under a limit of 3.11 and later",
        (),
        f"{use.structure}((PyObject *)...)",
        "",
        "https://docs.python.org/3/whatsnew/3.11.html#id8",
    )


def _library(library: str) -> Construct:
    return Construct(
        library, ConstructKind.LIBRARY, Demand.DESIGN, LIBRARIES[library], ()
    )
