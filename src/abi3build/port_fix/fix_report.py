"""What ``port --fix`` did, what it left and why, as values and as text."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from abi3build import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abi3build.port_fix.source_files import LeftToDo
    from abi3build.versions import PythonVersion

__all__ = [
    "FixReport",
    "KeptStep",
    "OtherHeaders",
    "RemainingError",
    "render_json",
    "render_text",
]

_FORMAT_VERSION = 1


@dataclass(frozen=True)
class KeptStep:
    """Describe one change that the compiler accepted."""

    title: str
    subject: str
    remarks: tuple[str, ...]
    """What is different in behavior."""


@dataclass(frozen=True, order=True)
class RemainingError:
    """Describe what the compiler still rejects under the limit."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class OtherHeaders:
    """Describe what the compiler rejects with the headers of another Python."""

    label: str
    """Such as ``under the limit, headers of 3.13``."""

    errors: tuple[RemainingError, ...]
    """At least one."""


@dataclass(frozen=True)
class FixReport:
    """Describe the result of a run; nothing of it is written yet."""

    project: str
    floor: PythonVersion
    compat: bool
    """Whether the compatibility header was there."""

    units: int
    """How many compiled sources read ``Python.h``."""

    errors_before: int
    """Under the limit, with the headers of the Python that builds."""

    kept: tuple[KeptStep, ...]
    left: tuple[LeftToDo, ...]
    remaining: tuple[RemainingError, ...]
    unprovable: tuple[str, ...]
    """Units that did not compile even before, so that nothing in them was touched."""

    diff: str
    """Unified; empty if nothing changes."""

    contents: Mapping[str, bytes]
    """The new content of each changed file, by its name in the project."""

    to_abi3t: bool = False
    """Whether the goal is the stable ABI of free-threaded Pythons."""

    elsewhere: tuple[OtherHeaders, ...] = ()
    """What is left if another Python builds."""


def render_json(report: FixReport, trial: Mapping[str, object] | None = None) -> str:
    """Return the report as one versioned document, ending with a newline.

    ``trial`` is the result of trying it, if that was requested.
    """
    document = {
        "abi3build": __version__,
        "format": _FORMAT_VERSION,
        "project": report.project,
        "floor": str(report.floor),
        "compat": report.compat,
        "units": report.units,
        "errors_before": report.errors_before,
        "errors_after": len(report.remaining),
        "kept": [asdict(each) for each in report.kept],
        "left": [asdict(each) for each in report.left],
        "elsewhere": [asdict(each) for each in report.elsewhere],
        "remaining": [asdict(each) for each in report.remaining],
        "unprovable": list(report.unprovable),
        "changed_files": sorted(report.contents),
        "diff": report.diff,
        "trial": trial,
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def render_text(report: FixReport, *, written: bool = False) -> str:
    """Return the diff or what was written, what differs or is left, and the total."""
    lines = [report.diff.rstrip("\n")] if report.diff and not written else []
    if written:
        lines += [f"changed: {name}" for name in sorted(report.contents)]
    lines += _kept(report)
    lines += _left(report)
    lines += _remaining(report)
    lines.append(_sum(report))
    lines += _elsewhere(report)
    return "\n".join(lines) + "\n"


def _kept(report: FixReport) -> Iterator[str]:
    by_title: dict[str, list[KeptStep]] = {}
    for each in report.kept:
        by_title.setdefault(each.title, []).append(each)
    for title, steps in by_title.items():
        yield f"done: {title}: {', '.join(step.subject for step in steps)}"
        remarks = dict.fromkeys(remark for step in steps for remark in step.remarks)
        for remark in remarks:
            of = [step.subject for step in steps if remark in step.remarks]
            which = "" if len(of) == len(steps) else f"{', '.join(of)}: "
            yield f"  {which}{remark}"


def _left(report: FixReport) -> Iterator[str]:
    for each in report.left:
        yield f"yours to do: {each.file}:{each.line}: {each.what}: {each.reason}"


def _remaining(report: FixReport) -> Iterator[str]:
    for name in report.unprovable:
        yield (f"{name}: did not compile even without the limit, so it was not changed")
    for each in report.remaining:
        yield f"{each.file}:{each.line}: {each.text}"


def _elsewhere(report: FixReport) -> Iterator[str]:
    for each in report.elsewhere:
        known = {error.text for error in report.remaining}
        new = [error for error in each.errors if error.text not in known]
        if new:
            yield (
                f"{each.label}: {_errors(len(new))}, such as {new[0].file}:"
                f"{new[0].line}: {new[0].text}: build with other headers, or change"
                " that too"
            )


def _sum(report: FixReport) -> str:
    one = report.units == 1
    units = "1 source compiles" if one else f"{report.units} sources compile"
    limit = f"under the limit of Python {report.floor}"
    if report.compat:
        limit += " with compat = true"
    if not report.units:
        return (
            "none of the sources that remain after the build reads Python.h: nothing to"
            " change"
        )
    if not report.errors_before:
        return f"{units} {limit} as {'it is' if one else 'they are'}"
    after = len(report.remaining)
    if not after:
        were = "was" if report.errors_before == 1 else "were"
        before = f"there {were} {_errors(report.errors_before)} before"
        return f"{units} {limit} after the changes; {before}"
    return f"{_errors(after)} {limit} left, of {report.errors_before}"


def _errors(count: int) -> str:
    return "1 error" if count == 1 else f"{count} errors"
