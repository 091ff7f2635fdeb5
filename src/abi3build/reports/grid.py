"""A report as a grid: each image against each Python from the floor to the newest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Severity
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.audit import Report

__all__ = ["Cell", "Grid", "Row", "grid_of"]


class Cell(Enum):
    """Say what a report knows of one image on one Python."""

    KEPT = "kept"
    LATER = "needs a later Python"
    BROKEN = "broken"


@dataclass(frozen=True)
class Row:
    """Hold the cells of one image."""

    file: str
    kind: str
    """Format and machine, such as ``ELF x86_64``; empty where it could not be read."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Hold the Pythons that are promised, such as 3.9 or 3.15t, and a row an image."""

    pythons: tuple[str, ...]
    rows: tuple[Row, ...]


def grid_of(report: Report) -> Grid:
    """Lay a report out by image and Python."""
    pythons = tuple(_pythons(report))
    return Grid(
        tuple(label for label, _ in pythons),
        tuple(_rows(report, [version for _, version in pythons])),
    )


def _pythons(report: Report) -> Iterator[tuple[str, PythonVersion]]:
    major, first = report.promise.floor
    last = max(first, NEWEST_KNOWN.minor) if major == NEWEST_KNOWN.major else first
    versions = [PythonVersion(major, minor) for minor in range(first, last + 1)]
    if report.promise.gil_enabled:
        yield from ((str(version), version) for version in versions)
    if report.promise.free_threaded:
        free = [version for version in versions if version >= FIRST_ABI3T]
        yield from ((f"{version}t", version) for version in free)


def _rows(report: Report, pythons: list[PythonVersion]) -> Iterator[Row]:
    errors = [each for each in report.findings if each.severity is Severity.ERROR]
    broken = {(each.file, each.architecture) for each in errors if not each.settled_by}
    for image in report.images:
        places = {("", ""), (image.file, ""), (image.file, image.machine)}
        if broken & places:
            cells = [Cell.BROKEN] * len(pythons)
        else:
            settled = [
                each.settled_by
                for each in errors
                if each.settled_by and (each.file, each.architecture) in places
            ]
            needed = max([image.floor, *settled])
            cells = [
                Cell.KEPT if needed <= version else Cell.LATER for version in pythons
            ]
        yield Row(image.file, f"{image.format} {image.machine}", tuple(cells))
    read = {"", *(image.file for image in report.images)}
    for file in sorted({file for file, _ in broken} - read):
        yield Row(file, "", (Cell.BROKEN,) * len(pythons))
