"""What stands in the way of a lower floor, as lines of text and as JSON."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.floor_steps import FloorStep
    from abi3build.rules.finding import Finding

__all__ = ["finding_rows", "findings_fields", "step_lines", "steps_fields"]


def step_lines(steps: Sequence[FloorStep], *, verbose: bool) -> list[str]:
    """Say what needs which version, and the floor that is left without it."""
    lines = []
    for step in steps:
        lines += [f"  needs {step.needs} ({step.without} without)"]
        lines += finding_rows(step.findings, verbose=verbose)
    return lines


def steps_fields(steps: Sequence[FloorStep]) -> list[dict[str, object]]:
    """Give the same as JSON's fields."""
    return [
        {
            "needs": str(step.needs),
            "without": str(step.without),
            "findings": findings_fields(step.findings),
        }
        for step in steps
    ]


def finding_rows(findings: Sequence[Finding], *, verbose: bool) -> list[str]:
    """Give a line for each subject with its first place, or with all of them."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.subject, []).append(_place(finding))
    width = max(map(len, places))
    said = ", ".join if verbose else _some
    return [
        f"    {subject:<{width}}   {said(places[subject])}"
        for subject in sorted(places)
    ]


def _some(places: Sequence[str]) -> str:
    more = len(places) - 1
    if not more:
        return places[0]
    return f"{places[0]} and {more} more {'place' if more == 1 else 'places'}"


def _place(finding: Finding) -> str:
    if finding.architecture:
        return f"{finding.file} ({finding.architecture})"
    return finding.file


def findings_fields(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Give what is found, and where, as JSON's fields."""
    return [
        {
            "code": finding.code,
            "subject": finding.subject,
            "file": finding.file or None,
            "architecture": finding.architecture or None,
        }
        for finding in findings
    ]
