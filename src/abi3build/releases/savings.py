"""What one abi3 wheel for each platform would save, by the sizes of today's files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from abi3build.releases.systems import system_of
from abi3build.versions import FIRST_BUILDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.releases.released_files import Release, ReleasedWheel
    from abi3build.versions import PythonVersion

__all__ = ["Amount", "Savings", "SystemSavings", "savings_of"]


class Amount(NamedTuple):
    """Count wheels and their bytes; the bytes are None if the index does not say."""

    wheels: int
    size: int | None


class SystemSavings(NamedTuple):
    """Compare what exists for one system and processor with what abi3 would leave."""

    system: str
    now: Amount
    then: Amount


class Savings(NamedTuple):
    """Compare the same for a whole release."""

    floor: PythonVersion
    now: Amount
    then: Amount
    staying: int
    """How many of the wheels are for others than the Pythons that abi3 serves."""

    systems: tuple[SystemSavings, ...]


def savings_of(release: Release, floor: PythonVersion | None = None) -> Savings | None:
    """Say what abi3 from a floor would save; None if there is nothing to save.

    Without a floor it is the lowest Python that has a wheel, or 3.9.  On each platform
    the wheels for one version from the floor on become one; it is taken to be as large
    as the largest of them.  The others stay: free-threaded ones, older ones, and those
    for other implementations.
    """
    specific = [each for each in release.wheels if each.serves_one_version]
    if not specific:
        return None
    if floor is None:
        lowest = min(version for wheel in specific for version in wheel.pythons)
        floor = max(lowest, FIRST_BUILDER)
    groups: dict[str, list[ReleasedWheel]] = defaultdict(list)
    for wheel in release.wheels:
        groups[_system(wheel)].append(wheel)
    systems, staying = [], 0
    for system in sorted(groups):
        wheels = groups[system]
        replaced = [each for each in wheels if _is_replaced(each, floor)]
        others = [each for each in wheels if not _is_replaced(each, floor)]
        merged = _merged(replaced)
        staying += len(others)
        systems.append(SystemSavings(system, _amount(wheels), _amount(others + merged)))
    now = _amount(release.wheels)
    then = _total([each.then for each in systems])
    if then.wheels >= now.wheels:
        return None
    return Savings(floor, now, then, staying, tuple(systems))


def _system(wheel: ReleasedWheel) -> str:
    """Name what a wheel is for; a universal2 wheel is for two processors."""
    names = {name for each in wheel.tags.platforms for name in system_of(each)}
    return " and ".join(sorted(names)) or "any platform"


def _is_replaced(wheel: ReleasedWheel, floor: PythonVersion) -> bool:
    if "abi3" in wheel.tags.abis:
        return True
    return wheel.serves_one_version and min(wheel.pythons) >= floor


def _merged(replaced: Sequence[ReleasedWheel]) -> list[ReleasedWheel]:
    """Return the one wheel that would be left, as large as the largest today."""
    largest = max(replaced, key=lambda each: each.size or 0, default=None)
    return [] if largest is None else [largest]


def _amount(wheels: Sequence[ReleasedWheel]) -> Amount:
    sizes = [each.size for each in wheels]
    known = [size for size in sizes if size is not None]
    return Amount(len(wheels), sum(known) if len(known) == len(sizes) else None)


def _total(amounts: Sequence[Amount]) -> Amount:
    sizes = [each.size for each in amounts if each.size is not None]
    complete = len(sizes) == len(amounts)
    return Amount(
        sum(each.wheels for each in amounts), sum(sizes) if complete else None
    )
