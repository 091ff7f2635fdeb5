"""How low a floor finished files allow and why no lower, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.changed_names import change_fields, change_lines
from abi3build.reports.details import (
    finding_rows,
    findings_fields,
    step_lines,
    steps_fields,
)
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.stable_abi.behavior import is_counted
from abi3build.stable_abi.replacements import replacement_at
from abi3build.versions import NEWEST_KNOWN
from abi3build.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.audit.floor_steps import FloorReport, FloorStep

__all__ = ["render_json", "render_text"]


def render_text(reports: Sequence[FloorReport], *, verbose: bool = False) -> str:
    """Render a headline for each file, a line for each thing that needs a floor.

    With ``verbose`` a line names every place and not only the first.
    """
    return "".join(
        f"{on_one_line(line)}\n"
        for report in reports
        for line in _lines(report, verbose=verbose)
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
        lines += ["  no floor allows", *finding_rows(report.never, verbose=verbose)]
    lines += step_lines(report.steps, verbose=verbose)
    lines += _changed_lines(report, verbose=verbose)
    hints = [hint for step in report.steps for hint in _replacements(step)]
    return lines + [f"  hint: {hint}" for hint in hints]


def _changed_lines(report: FloorReport, *, verbose: bool) -> list[str]:
    """Say what an unchanged binary meets between the floor and the newest Python.

    One line counts what a usual program may notice; a verbose run has all.
    """
    span = f"between {report.floor} and {NEWEST_KNOWN}"
    if verbose:
        lines = [f"  changed {span}"] if report.changed else []
        for image in report.changed:
            of = f" ({image.architecture})" if image.architecture else ""
            lines.append(f"    {image.file}{of}")
            lines += [f"      {line}" for line in change_lines(image.changes)]
        return lines
    names = {
        change.name
        for image in report.changed
        for change in image.changes
        if is_counted(change)
    }
    if not names:
        return []
    what = "1 name behaves" if len(names) == 1 else f"{len(names)} names behave"
    return [f"  {what} differently {span}: --verbose says how"]


def _headline(report: FloorReport) -> str:
    if report.never:
        allowed = f"no floor is possible; everything else would allow {report.floor}"
    else:
        allowed = f"the lowest possible floor is {report.floor}"
    stated = f", its tag says {report.stated}" if report.stated else ""
    return f"{report.name}: {allowed}{stated}"


def _replacements(step: FloorStep) -> list[str]:
    hints = []
    for name in sorted({finding.what for finding in step.findings}):
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
        "changed": [
            {
                "file": image.file,
                "architecture": image.architecture or None,
                "changes": change_fields(image.changes),
            }
            for image in report.changed
        ],
    }
