"""The lowest floor that files allow, and what prevents a lower one.

Every rule is applied at every floor, so this can never disagree with the audit: a
symbol, a file name and a table of slots all count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.rules.finding import Severity, architecture_of
from abi3build.rules.registry import findings_of
from abi3build.stable_abi.behavior import changes_after
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import (
    FIRST_ABI3T,
    FIRST_STABLE_ABI,
    NEWEST_KNOWN,
    PythonVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding
    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.versions import Promise

__all__ = ["FloorReport", "FloorStep", "ImageChanges", "find_floor"]


_ABOUT_THE_PACKAGE = ("ABI3", "ABI6", "ABI7")
"""The rules that a rename or other metadata settles at any floor."""


@dataclass(frozen=True)
class FloorStep:
    """Describe what needs at least one certain version."""

    needs: PythonVersion
    without: PythonVersion
    """The floor that is left once nothing of this step and of higher ones is used."""

    findings: tuple[Finding, ...]
    """What the audit finds one version below, sorted."""


@dataclass(frozen=True)
class ImageChanges:
    """Describe what changed in the names that one image uses."""

    file: str
    architecture: str
    changes: tuple[BehaviorChange, ...]
    """By name."""


@dataclass(frozen=True)
class FloorReport:
    """Say how low the floor of one wheel or file can be, and why not lower."""

    name: str
    stated: PythonVersion | None
    """The floor of the wheel's tag; None if nothing states one."""

    floor: PythonVersion
    steps: tuple[FloorStep, ...]
    """The highest first; the first one needs the floor."""

    never: tuple[Finding, ...]
    """What no floor allows; the floor is that of all else."""

    changed: tuple[ImageChanges, ...] = ()
    """What changed after the floor under the names of each image, in their order."""


def find_floor(
    audited: AuditedFiles, *, stated: PythonVersion | None = None
) -> FloorReport:
    """Find the floors at which no rule reports an error.

    The promise says for which builds of Python; its floor is ignored.
    """
    candidates = _candidates(audited.promise)
    # What a wheel says of itself is not a fact about its files.
    audited = audited._replace(wheel=None)
    last: dict[tuple[str, str, str], tuple[PythonVersion, Finding]] = {}
    for floor in candidates:
        for finding in _errors(audited, floor):
            place = finding.file, finding.architecture, finding.what
            last[place] = floor, finding
    never = [
        finding
        for floor, finding in last.values()
        if floor == candidates[-1] and not finding.code.startswith(_ABOUT_THE_PACKAGE)
    ]
    after = dict(zip(candidates, candidates[1:]))
    needs = [
        (after[floor], finding) for floor, finding in last.values() if floor in after
    ]
    lowest = max((version for version, _ in needs), default=candidates[0])
    return FloorReport(
        name=audited.name,
        stated=stated,
        floor=lowest,
        steps=tuple(_steps(needs, candidates[0])),
        never=tuple(sorted(never, key=lambda finding: finding.order)),
        changed=tuple(_changes(audited, lowest)),
    )


def _changes(audited: AuditedFiles, floor: PythonVersion) -> Iterator[ImageChanges]:
    for file, image in audited.images():
        names = sorted(each.symbol for each in audited.cpython_imports(image))
        changes = changes_after(names, floor)
        if changes:
            yield ImageChanges(file.path, architecture_of(file, image), changes)


@cache
def _versions() -> tuple[PythonVersion, ...]:
    newest = max(symbol.added for symbol in stable_symbols().values())
    return tuple(
        PythonVersion(3, minor)
        for minor in range(FIRST_STABLE_ABI.minor, max(NEWEST_KNOWN, newest).minor + 1)
    )


def _candidates(promise: Promise) -> tuple[PythonVersion, ...]:
    if promise.free_threaded:
        return tuple(each for each in _versions() if each >= FIRST_ABI3T)
    return _versions()


def _errors(audited: AuditedFiles, floor: PythonVersion) -> list[Finding]:
    asked = audited._replace(promise=audited.promise._replace(floor=floor))
    return [
        finding for finding in findings_of(asked) if finding.severity is Severity.ERROR
    ]


def _steps(
    needs: list[tuple[PythonVersion, Finding]], lowest: PythonVersion
) -> list[FloorStep]:
    steps: list[FloorStep] = []
    ordered = sorted(needs, key=lambda each: (each[0], each[1].order))
    for version, each in groupby(ordered, key=lambda each: each[0]):
        without = steps[-1].needs if steps else lowest
        findings = tuple(finding for _, finding in each)
        steps.append(FloorStep(version, without, findings))
    return steps[::-1]
