"""Plan how a project's sources can get to the stable ABI: the work for each floor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from abi3build.porting.analysis import SourceAnalysis
from abi3build.porting.binding_libraries import library_of_header
from abi3build.porting.c_interface import OLDEST_SUPPORTED
from abi3build.porting.constructs import (
    Construct,
    ConstructKind,
    UsePlace,
    find_constructs,
)
from abi3build.porting.cython_sources import cython_uses, version_that_generated
from abi3build.porting.demands import Demand
from abi3build.porting.later_pythons import (
    LaterHeaders,
    changed_uses,
    deprecated_uses,
    later_headers,
)
from abi3build.porting.preprocessing import TargetOfBuild
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abi3build.porting.analysis import FileUses
    from abi3build.porting.later_pythons import ChangedUse, DeprecatedUse
    from abi3build.porting.project_sources import ProjectSources

__all__ = ["FLOORS", "FloorRow", "PortPlan", "plan_port"]

FLOORS = tuple(PythonVersion(3, minor) for minor in range(9, 16))
"""The floors that a plan compares."""

_CYTHON_WITH_LIMIT = (3, 1)
"""https://cython.readthedocs.io/en/latest/src/userguide/limited_api.html"""


@dataclass(frozen=True)
class FloorRow:
    """Say how much work one floor takes."""

    floor: PythonVersion
    constructs: int
    places: int
    for_people: int
    """The constructs that the compatibility header does not settle."""

    gained: tuple[str, ...]
    """The names that this floor settles and the one before did not."""


@dataclass(frozen=True)
class PortPlan:
    """Say what keeps sources from the stable ABI, floor by floor."""

    floor: PythonVersion
    why_floor: str
    headers: PythonVersion
    rows: tuple[FloorRow, ...]
    constructs: tuple[Construct, ...]
    """What has to change for the floor."""

    unsolved: tuple[str, ...]
    """The names that every floor leaves, sorted."""

    files: int
    """How many sources were read."""

    libraries: tuple[str, ...]
    origin: str
    skipped: tuple[tuple[str, str], ...]
    to_abi3t: bool = False
    deprecated: tuple[DeprecatedUse, ...] = ()
    """What compiles with these headers, and is deprecated in them."""

    later: LaterHeaders = field(default_factory=LaterHeaders)
    """What newer headers drop or deprecate in addition."""

    changed: tuple[ChangedUse, ...] = ()
    """What behaves differently on some Python after the floor."""

    @property
    def possible_floor(self) -> PythonVersion | None:
        """Return the lowest floor that takes no work; None if each takes some."""
        return next((row.floor for row in self.rows if not row.constructs), None)

    @property
    def best_floor(self) -> FloorRow:
        """Return the floor that takes the least work by hand, the lowest of several."""
        return min(self.rows, key=lambda row: (row.for_people, row.floor))


def plan_port(
    sources: ProjectSources,
    floor: PythonVersion,
    why_floor: str,
    *,
    headers: PythonVersion = OLDEST_SUPPORTED,
    to_abi3t: bool = False,
) -> PortPlan:
    """Read the sources once for each floor and compare.

    ``headers`` are those of the builds, except for floors above them, which need their
    own.  With ``to_abi3t`` the constructs are those of a build for abi3t.

    Raise ``UsageError`` if the grammars of C are not installed.
    """
    analysis = SourceAnalysis(
        sources.units, sources.root, knows_macros=sources.knows_macros
    )
    cython = [cython_uses(path) for path in sources.cython]
    found: dict[PythonVersion, tuple[Construct, ...]] = {}
    read: list[FileUses] = []
    for each in sorted({*FLOORS, floor}):
        is_abi3t = to_abi3t and each == floor
        target = TargetOfBuild(each, max(each, headers), is_abi3t)
        files = [*analysis.at(target), *cython]
        found[each] = (*find_constructs(files, target), *_generated(sources))
        read = files if each == floor else read
    included = {name for each in read for name in each.file.includes}
    target = TargetOfBuild(floor, max(floor, headers), to_abi3t)
    to_change = frozenset(each.name for each in found[floor])
    return PortPlan(
        floor,
        why_floor,
        target.headers,
        tuple(_rows(found)),
        found[floor],
        _names_of_all(found),
        len(read) + len(sources.generated),
        tuple(sorted(library_of_header(included))),
        sources.origin,
        sources.skipped,
        to_abi3t,
        deprecated_uses(read, target),
        later_headers(read, target, to_change),
        changed_uses(read, floor),
    )


def _rows(found: Mapping[PythonVersion, tuple[Construct, ...]]) -> Iterator[FloorRow]:
    before: frozenset[str] = frozenset()
    for floor, constructs in found.items():
        names = frozenset(each.name for each in constructs)
        yield FloorRow(
            floor,
            len(constructs),
            len({place for each in constructs for place in each.places}),
            sum(each.demand is not Demand.NOTHING for each in constructs),
            tuple(sorted(before - names, key=str.lower)),
        )
        before = names


def _names_of_all(
    found: Mapping[PythonVersion, tuple[Construct, ...]],
) -> tuple[str, ...]:
    each_floor = [{each.name for each in constructs} for constructs in found.values()]
    return tuple(sorted(set.intersection(*each_floor), key=str.lower))


def _generated(sources: ProjectSources) -> Iterator[Construct]:
    """Yield a demand to generate files again that an old Cython made."""
    construct = Construct(
        "C generated by an old Cython",
        ConstructKind.GENERATED,
        Demand.ONE_LINE,
        "Cython supports the Limited API from 3.1 on",
        (),
        "generate it again with Cython 3.1 or later",
        "",
        "https://cython.readthedocs.io/en/latest/src/userguide/limited_api.html",
    )
    places = tuple(
        UsePlace(path.as_posix(), 1)
        for path in sources.generated
        if (version_that_generated(path) or (0, 0)) < _CYTHON_WITH_LIMIT
    )
    if places:
        yield replace(construct, places=places)
