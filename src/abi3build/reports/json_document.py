"""Reports as versioned JSON: sorted keys, the same bytes for the same facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from abi3build import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.audit import ImageSummary, Report
    from abi3build.rules.finding import Finding

__all__ = ["FORMAT_VERSION", "render_json"]

FORMAT_VERSION = 1
"""Raised when a field changes its meaning or disappears; not for new fields."""


def render_json(reports: Sequence[Report], errors: Sequence[str] = ()) -> str:
    """Render reports and the errors beside them, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "reports": [_report(report) for report in reports],
        "errors": list(errors),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _report(report: Report) -> dict[str, object]:
    return {
        "name": report.name,
        "floor": str(report.promise.floor),
        "floor_is_computed": report.promise_is_computed,
        "free_threaded": report.promise.free_threaded,
        "gil_enabled": report.promise.gil_enabled,
        "lowest_floor": str(report.floor) if report.floor else None,
        "keeps_promise": report.keeps_promise,
        "findings": [_finding(finding) for finding in report.findings],
        "allowed": [
            {**_finding(waived.finding), "reason": waived.reason}
            for waived in report.waived
        ],
        "images": [_image(image) for image in report.images],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.file or None,
        "architecture": finding.architecture or None,
        "subject": finding.subject,
        "message": finding.message,
        "hint": finding.hint or None,
        "origin": finding.origin or None,
    }


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
    }
