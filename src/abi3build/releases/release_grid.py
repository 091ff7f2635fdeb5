"""Which wheel of a release pip takes on each Python and platform, and who gets none.

The order is that of ``packaging.tags``, which pip uses.  One machine stands for each
level of a platform, such as glibc 2.17 and glibc 2.28, as far as the wheels differ.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags

from abi3build.releases.systems import PlatformLevel, machines_of, platforms_on
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abi3build.releases.released_files import Release, ReleasedWheel

__all__ = ["Gap", "GridColumn", "PlatformRow", "ReleaseGrid", "grid_of_release"]

_LATE_PATCH = 99
_WITH_PYMALLOC = PythonVersion(3, 7)
"""The last version whose ABI tag ends with m."""

_NO_PLATFORM = PlatformLevel("any platform", "", (0, 0), "any")


class GridColumn(NamedTuple):
    """Name one Python."""

    version: PythonVersion
    free_threaded: bool = False

    def __str__(self) -> str:
        """Return it as people do, such as ``3.13t``."""
        return f"{self.version}{'t' if self.free_threaded else ''}"


class PlatformRow(NamedTuple):
    """Say for one platform which wheel each Python of the grid gets."""

    platform: str
    """The tag from which on it is so, such as ``manylinux_2_17_x86_64``."""

    chosen: tuple[str, ...]
    """The names of wheels, a column each; empty if pip finds none."""


class Gap(NamedTuple):
    """Name Pythons that a release promises and platforms on which they get no wheel."""

    pythons: tuple[str, ...]
    platforms: tuple[str, ...]
    hint: str
    builds_from_source: bool
    """True if there is an sdist, so that pip builds instead of failing."""


class ReleaseGrid(NamedTuple):
    """Contain rows by platform and columns by Python."""

    pythons: tuple[str, ...]
    rows: tuple[PlatformRow, ...]
    gaps: tuple[Gap, ...]
    others: tuple[str, ...] = ()
    """Wheels that none of these Pythons gets, such as those for PyPy, sorted."""


def grid_of_release(release: Release) -> ReleaseGrid:
    """Choose for each Python on each platform as pip does.

    The columns are the Pythons from the lowest that a wheel or Requires-Python admits
    up to the newest that is known, or without an abi3 wheel to the newest that has a
    wheel; of free-threaded ones those for which there is a wheel.
    """
    columns = tuple(_columns(release))
    platforms = {each for wheel in release.wheels for each in wheel.tags.platforms}
    machines = machines_of(platforms) or [_NO_PLATFORM]
    rows: list[tuple[PlatformLevel, PlatformRow]] = []
    for machine in machines:
        offered = platforms_on(machine, platforms)
        chosen = tuple(_chosen(release.wheels, each, offered) for each in columns)
        last = rows[-1] if rows else None
        if last and last[0][:2] == machine[:2] and last[1].chosen == chosen:
            continue
        rows.append((machine, PlatformRow(machine.tag, chosen)))
    taken = {name for _, row in rows for name in row.chosen}
    return ReleaseGrid(
        tuple(map(str, columns)),
        tuple(row for _, row in rows),
        tuple(_gaps(release, columns, rows)),
        tuple(each.filename for each in release.wheels if each.filename not in taken),
    )


def _columns(release: Release) -> Iterator[GridColumn]:
    own = [
        version
        for wheel in release.wheels
        if wheel.serves_one_version or wheel.floor
        for version in wheel.pythons
        if version.major == NEWEST_KNOWN.major
    ]
    first = release.first_python or min(own, default=NEWEST_KNOWN)
    # A promise to every later Python reaches as far as anybody can know.
    is_open = any(wheel.floor or "none" in wheel.tags.abis for wheel in release.wheels)
    last = max([*own, *([NEWEST_KNOWN] if is_open else [])], default=NEWEST_KNOWN)
    for minor in range(first.minor, last.minor + 1):
        yield GridColumn(PythonVersion(first.major, minor))
    for version in sorted(set(_free_threaded(release))):
        yield GridColumn(version, free_threaded=True)


def _free_threaded(release: Release) -> Iterator[PythonVersion]:
    for wheel in release.wheels:
        for version in wheel.pythons:
            if f"{version.tag}t" in wheel.tags.abis:
                yield version
            if "abi3t" in wheel.tags.abis:
                lowest = max(version, FIRST_ABI3T)
                for minor in range(lowest.minor, NEWEST_KNOWN.minor + 1):
                    yield PythonVersion(version.major, minor)


def _chosen(
    wheels: Sequence[ReleasedWheel], column: GridColumn, platforms: Sequence[str]
) -> str:
    """Return the name of the wheel that pip takes; empty if there is none."""
    ranks: dict[Tag, int] = {}
    for rank, tag in enumerate(_tags(column, platforms)):
        ranks.setdefault(tag, rank)
    found = [
        (-rank, wheel.build, wheel.filename)
        for wheel in wheels
        if _admits(wheel.requires_python, column.version)
        for rank in [_rank(wheel, ranks)]
        if rank is not None
    ]
    return max(found)[2] if found else ""


def _rank(wheel: ReleasedWheel, ranks: dict[Tag, int]) -> int | None:
    tags = wheel.tags
    named = (
        ranks[tag]
        for python in tags.pythons
        for abi in tags.abis
        for platform in tags.platforms
        if (tag := Tag(python, abi, platform)) in ranks
    )
    return min(named, default=None)


def _tags(column: GridColumn, platforms: Sequence[str]) -> Iterator[Tag]:
    version, interpreter = column.version, column.version.tag
    abi = f"{interpreter}{'t' if column.free_threaded else ''}"
    if version <= _WITH_PYMALLOC:
        abi = f"{interpreter}m"
    for tag in cpython_tags(tuple(version), [abi], platforms):
        # packaging before 24.1 takes free-threaded builds for others.
        if not (column.free_threaded and tag.abi == "abi3"):
            yield tag
    if column.free_threaded:
        # packaging before 26.2 does not know abi3t: https://peps.python.org/pep-0803/
        for minor in range(version.minor, FIRST_ABI3T.minor - 1, -1):
            python = PythonVersion(version.major, minor).tag
            yield from (Tag(python, "abi3t", platform) for platform in platforms)
    yield from compatible_tags(tuple(version), interpreter, platforms)


@lru_cache(maxsize=4096)
def _admits(specifier: str, version: PythonVersion) -> bool:
    try:
        specifiers = SpecifierSet(specifier)
    except InvalidSpecifier:
        # pip then looks at the tags alone.
        return True
    return specifiers.contains(f"{version}.{_LATE_PATCH}", prereleases=True)


def _gaps(
    release: Release,
    columns: Sequence[GridColumn],
    rows: Sequence[tuple[PlatformLevel, PlatformRow]],
) -> Iterator[Gap]:
    """Yield the Pythons with the GIL that get no wheel, with their platforms.

    A free-threaded Python is promised only if there is a wheel for it, and an old
    release of a system only as far as the wheels for it go.
    """
    found: dict[tuple[tuple[str, ...], str], list[str]] = {}
    newest = {machine[:2]: (machine, row) for machine, row in rows}
    for machine, row in newest.values():
        cells = [
            (column.version, name)
            for column, name in zip(columns, row.chosen)
            if not column.free_threaded and column.version >= machine.first_python
        ]
        missing = [
            version
            for version, name in cells
            if not name and _is_promised(release, version)
        ]
        if missing:
            served = {version: name for version, name in cells if name}
            key = tuple(map(str, missing)), _hint(missing, served)
            found.setdefault(key, []).append(row.platform)
    for (pythons, hint), platforms in found.items():
        yield Gap(pythons, tuple(platforms), hint, release.has_sdist)


def _is_promised(release: Release, version: PythonVersion) -> bool:
    """Tell whether a Requires-Python of the release admits a Python at all."""
    return any(_admits(each.requires_python, version) for each in release.wheels)


def _hint(missing: Sequence[PythonVersion], served: Mapping[PythonVersion, str]) -> str:
    if not served or max(missing) > min(served):
        return "build an abi3 wheel there, which serves every Python from its floor on"
    lowest = min(served)
    floor = f"lower min-python to {min(missing)}, "
    return (
        f"{floor if 'abi3' in served[lowest] else ''}build wheels for"
        f" {', '.join(map(str, missing))} there, or set"
        f' requires-python = ">={lowest}"'
    )
