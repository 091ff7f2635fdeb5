"""The lowest floor of finished files, step by step, as text and as JSON."""

from __future__ import annotations

import json

from abi3build import __version__
from abi3build.light_typing import TYPE_CHECKING
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.reports.steps import (
    finding_rows,
    findings_fields,
    step_lines,
    steps_fields,
)
from abi3build.stable_abi.replacements import replacement_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.floor_steps import FloorReport, FloorStep

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
        lines += ["  allowed by no floor", *finding_rows(report.never, verbose=verbose)]
    lines += step_lines(report.steps, verbose=verbose)
    hints = [hint for step in report.steps for hint in _replacements(step)]
    return lines + [f"  hint: {hint}" for hint in hints]


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


def _report(report: FloorReport) -> dict[str, object]:
    return {
        "name": report.name,
        "stated_floor": str(report.stated) if report.stated else None,
        "lowest_floor": None if report.never else str(report.floor),
        "lowest_floor_of_all_else": str(report.floor),
        "steps": steps_fields(report.steps),
        "never": findings_fields(report.never),
    }
