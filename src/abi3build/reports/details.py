"""What a verbose report adds: units, steps to a lower floor, the build record."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited
from abi3build.reports.changed_names import change_lines
from abi3build.reports.verdicts import PROOFS
from abi3build.rules.finding import Severity
from abi3build.wheels.build_record import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.floor_steps import FloorStep
    from abi3build.audit.report import ImageSummary, Report
    from abi3build.rules.finding import Finding
    from abi3build.wheels.build_record import BuildRecord

__all__ = [
    "build_record_fields",
    "build_record_lines",
    "finding_rows",
    "findings_fields",
    "looked_at_lines",
    "release_lines",
    "step_lines",
    "steps_fields",
    "units_fields",
    "units_lines",
]


def build_record_lines(report: Report) -> list[str]:
    """Say by what the wheel was built, and what its project accepts."""
    record = _readable(report)
    if record is None:
        return []
    compiler = record.compiler or "a compiler of unknown version"
    built = (
        f"  built by abi3build {record.abi3build} for {record.unit_target} with"
        f" {record.builder}, headers of {record.headers}, {compiler},"
        f' verify = "{record.verify}"'
    )
    return [
        built,
        *(f"    allowed: {symbol} ({reason})" for symbol, reason in record.allowed),
        *(f"    left out, because it did not compile: {name}" for name in record.lost),
    ]


def build_record_fields(report: Report) -> dict[str, object] | None:
    """Return the document itself, without fields that this release does not know."""
    record = _readable(report)
    return None if record is None else fields_of(record)


def _readable(report: Report) -> BuildRecord | None:
    record = report.build_record
    if record is None or record.fault or record.later_format is not None:
        return None
    return record


def step_lines(steps: Sequence[FloorStep], *, verbose: bool) -> list[str]:
    """Say what needs which version, and the floor that is left without it."""
    lines = []
    for step in steps:
        lines += [f"  needs {step.needs} ({step.without} without)"]
        lines += finding_rows(step.findings, verbose=verbose)
    return lines


def steps_fields(steps: Sequence[FloorStep]) -> list[dict[str, object]]:
    """Return the same as JSON's fields."""
    return [
        {
            "needs": str(step.needs),
            "without": str(step.without),
            "findings": findings_fields(step.findings),
        }
        for step in steps
    ]


def finding_rows(findings: Sequence[Finding], *, verbose: bool) -> list[str]:
    """Return a line for each subject with its first place, or with all of them."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.what, []).append(finding.place)
    width = max(map(len, places))
    said = ", ".join if verbose else _some
    return [f"    {what:<{width}}   {said(places[what])}" for what in sorted(places)]


def _some(places: Sequence[str]) -> str:
    more = len(places) - 1
    if not more:
        return places[0]
    return f"{places[0]} and {more} more {'place' if more == 1 else 'places'}"


def findings_fields(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return what is found, and where, as JSON's fields."""
    return [
        {
            "code": finding.code,
            "subject": finding.what,
            "file": finding.file or None,
            "architecture": finding.architecture or None,
        }
        for finding in findings
    ]


def units_lines(image: ImageSummary) -> list[str]:
    """Say how many units were compiled for what, with which headers: a line each."""
    return [
        f"    {count} {'unit' if count == 1 else 'units'} compiled for {note.target}"
        f" with headers of {note.release}"
        for note, count in image.units
    ]


def units_fields(image: ImageSummary) -> list[dict[str, object]]:
    """Return the same facts as JSON's fields."""
    return [
        {
            "floor": str(note.floor),
            "headers": note.release,
            "abi3t": note.abi3t,
            "count": count,
        }
        for note, count in image.units
    ]


def looked_at_lines(report: Report) -> list[str]:
    """Say of each image what was seen and what was not, and what forces the floor."""
    lines = build_record_lines(report)
    for image in report.images:
        unseen = []
        if image.symbol_table_stripped:
            unseen.append("symbol table stripped")
        if not image.has_debug_information:
            unseen.append("no debug information")
        if image.unread_debug_information:
            unseen.append(image.unread_debug_information)
        if not image.units:
            unseen.append("no notes from units")
        count = image.stable_symbols
        note = f" ({', '.join(unseen)})" if unseen else ""
        lines.append(
            f"  read {image.file}: {image.format} {image.machine}, {count} stable"
            f" {'symbol' if count == 1 else 'symbols'}, available since"
            f" {image.floor}{note}"
        )
        lines += units_lines(image)
        lines += [f"    {line}" for line in change_lines(image.changed)]
        if image.confirmed_by:
            lines.append(f"    confirmed by {image.confirmed_by}")
        if image.not_confirmed:
            lines.append(f"    not confirmed: {image.not_confirmed}")
        if image.machine_code is not None:
            from abi3build.reports.seen_code import code_line

            lines.append(f"    {code_line([image.machine_code])}")
    return lines + step_lines(report.floor_steps or (), verbose=True)


_LEAST_DASHES = 4
"""Between distribution, version and three tags; other files are of no release."""


def release_lines(results: Sequence[AuditResult]) -> Iterator[str]:
    """Return a heading for each release, and a line for each wheel of it."""
    wheels = [result for result in results if _name(result).count("-") >= _LEAST_DASHES]
    for release, group in groupby(wheels, key=_release):
        rows = [_row(wheel) for wheel in group]
        yield " ".join(release)
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths))
            yield f"  {'   '.join(cells)}".rstrip()


def _name(result: AuditResult) -> str:
    return result.path.replace("\\", "/").rpartition("/")[2]


def _release(result: AuditResult) -> tuple[str, str]:
    distribution, version = _name(result).split("-")[:2]
    return distribution, version


def _row(result: AuditResult) -> tuple[str, str, str]:
    tags = "-".join(_name(result)[: -len(".whl")].split("-")[-3:])
    if not isinstance(result, Audited):
        return tags, "cannot be read", ""
    report = result.report
    count = sum(each.severity is Severity.ERROR for each in report.findings)
    errors = f"{count} error" if count == 1 else f"{count} errors"
    floor = f"symbols available since {report.floor}" if report.floor else ""
    kept = f"keeps its promise{PROOFS[report.proof]}"
    return tags, kept if report.keeps_promise else errors, floor
