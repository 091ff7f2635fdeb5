"""Reports as versioned JSON: sorted keys, the same bytes for the same facts.

``report.schema.json`` beside this module describes the document.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.changed_names import change_fields, outdated_fields
from abi3build.reports.details import build_record_fields, steps_fields, units_fields

if TYPE_CHECKING:
    from abi3build.audit.report import ImageSummary, Report
    from abi3build.machine_code.machine_code_reading import MachineCode
    from abi3build.releases.release_view import ReleaseView
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["FORMAT_VERSION", "SCHEMA", "render_json"]

FORMAT_VERSION = 1
"""Raised when a field changes its meaning or disappears; not for new fields."""

SCHEMA = Path(__file__).with_name("report.schema.json")
"""The JSON Schema (draft 2020-12) of the document."""


def render_json(run: AuditRun) -> str:
    """Render what came of each input and all errors, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "reports": [
            {"path": each.path, **_report(each.report, each.known)}
            for each in run.audited
        ],
        "skipped": [{"path": each.path, "reason": each.reason} for each in run.skipped],
        "errors": list(run.faults),
        "known_errors": run.known_faults,
        "releases": [_release(view) for view in run.releases],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _release(view: ReleaseView) -> dict[str, object]:
    from abi3build.reports.release_tables import release_fields

    return release_fields(view)


def _report(report: Report, known: frozenset[Finding]) -> dict[str, object]:
    return {
        "name": report.name,
        **_wheel_name(report.name),
        "floor": str(report.promise.floor),
        "floor_is_computed": report.promise_is_computed,
        "free_threaded": report.promise.free_threaded,
        "gil_enabled": report.promise.gil_enabled,
        "lowest_floor": str(report.floor) if report.floor else None,
        "keeps_promise": report.keeps_promise,
        "proof": report.proof.value,
        "not_proven": [
            {"kind": kind, "why": why, "count": count}
            for kind, why, count in report.not_proven
        ],
        "findings": [
            {**_finding(finding), "known": finding in known}
            for finding in report.findings
        ],
        "allowed": [
            {**_finding(waived.finding), "reason": waived.reason}
            for waived in report.waived
        ],
        "images": [_image(image) for image in report.images],
        "outdated_names": outdated_fields(report.outdated_names),
        "floor_steps": (
            None if report.floor_steps is None else steps_fields(report.floor_steps)
        ),
        "build_record": build_record_fields(report),
    }


def _wheel_name(name: str) -> dict[str, object]:
    from abi3build.wheels.wheel import parse_wheel_name

    if not name.endswith(".whl"):
        return {"distribution": None, "version": None, "tags": None}
    distribution, version, tags = parse_wheel_name(name)
    return {
        "distribution": distribution,
        "version": version,
        "tags": list(tags.expand()),
    }


def _finding(finding: Finding) -> dict[str, object]:
    from abi3build.rules.registry import find_rule

    rule = find_rule(finding.code)
    return {
        "code": finding.code,
        "rule": rule.name if rule else None,
        "severity": finding.severity.value,
        "file": finding.file or None,
        "architecture": finding.architecture or None,
        "subject": finding.what,
        "message": finding.message,
        "hint": finding.hint or None,
        "origin": finding.origin or None,
    }


def _machine_code(code: MachineCode | None) -> dict[str, object] | None:
    if code is None:
        return None
    from abi3build.reports.seen_code import machine_code_fields

    return machine_code_fields(code)


def _image(image: ImageSummary) -> dict[str, object]:
    return {
        "file": image.file,
        "format": image.format,
        "machine": image.machine,
        "stable_symbols": image.stable_symbols,
        "lowest_floor": str(image.floor),
        "python_libraries": list(image.python_libraries),
        "symbol_table_stripped": image.symbol_table_stripped,
        "has_debug_information": image.has_debug_information,
        "unread_debug_information": image.unread_debug_information or None,
        "units": units_fields(image),
        "confirmed_by": image.confirmed_by or None,
        "not_confirmed": image.not_confirmed or None,
        "machine_code": _machine_code(image.machine_code),
        "changed": change_fields(image.changed),
    }
