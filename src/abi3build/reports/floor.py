"""The lowest floor of finished files, step by step, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.stable_abi.replacements import replacement_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.floor_steps import FloorReport, FloorStep
    from abi3build.rules.finding import Finding

__all__ = ["render_json", "render_text"]


def render_text(reports: Sequence[FloorReport], *, verbose: bool = False) -> str:
    """Render a headline for each file, a line for each thing that needs a floor.

    With ``verbose`` a line names every place and not only the first.
    """
    return "".join(
        f"{line}\n" for report in reports for line in _lines(report, verbose=verbose)
    )


def render_json(reports: Sequence[FloorReport], errors: Sequence[str] = ()) -> str:
    """Render the same as one versioned document, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "floors": [_report(report) for report in reports],
        "errors": list(errors),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _lines(report: FloorReport, *, verbose: bool) -> list[str]:
    lines = [_headline(report)]
    if report.never:
        lines += ["  allowed by no floor", *_rows(report.never, verbose=verbose)]
    for step in report.steps:
        lines += [f"  needs {step.needs} ({step.without} without)"]
        lines += _rows(step.findings, verbose=verbose)
    hints = [hint for step in report.steps for hint in _replacements(step)]
    return lines + [f"  hint: {hint}" for hint in hints]


def _rows(findings: Sequence[Finding], *, verbose: bool) -> list[str]:
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


def _headline(report: FloorReport) -> str:
    if report.never:
        allowed = f"no floor is possible; all else would allow {report.floor}"
    else:
        allowed = f"the lowest possible floor is {report.floor}"
    stated = f", its tag says {report.stated}" if report.stated else ""
    return f"{report.name}: {allowed}{stated}"


def _replacements(step: FloorStep) -> list[str]:
    hints = []
    for name in sorted({finding.subject for finding in step.findings}):
        known = replacement_at(name, step.without)
        if known is not None and known.instead:
            hints.append(f"for {name} use {known.instead}")
    return hints


def _place(finding: Finding) -> str:
    if finding.architecture:
        return f"{finding.file} ({finding.architecture})"
    return finding.file


def _report(report: FloorReport) -> dict[str, object]:
    return {
        "name": report.name,
        "stated_floor": str(report.stated) if report.stated else None,
        "lowest_floor": None if report.never else str(report.floor),
        "lowest_floor_of_all_else": str(report.floor),
        "steps": [
            {
                "needs": str(step.needs),
                "without": str(step.without),
                "findings": [_finding(finding) for finding in step.findings],
            }
            for step in report.steps
        ],
        "never": [_finding(finding) for finding in report.never],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "subject": finding.subject,
        "file": finding.file or None,
        "architecture": finding.architecture or None,
    }
