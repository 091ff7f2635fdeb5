"""Reports in the form of ``abi3audit --report``, for pipelines that read it.

The form is that of ``SpecResults.json`` in abi3audit 0.0.26:
https://github.com/pypa/abi3audit/blob/main/abi3audit/_cli.py
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from abi3build.rules.finding import Severity
from abi3build.stable_abi.stable_symbols import stable_symbols

if TYPE_CHECKING:
    from abi3build.audit.report import Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["render_abi3audit_json"]


_EXTENSION_SUFFIXES = (".pyd", ".so")
_NOT_STABLE = {"ABI101", "ABI104"}
_NEWER = "ABI102"


def render_abi3audit_json(run: AuditRun) -> str:
    """Render the reports as one line of JSON.

    The form has no place for other findings than symbols: a file with any other error
    has ``is_abi3`` false and no symbol that says why.
    """
    specs = {
        each.path: _spec(each.report) for each in run.results if each.report is not None
    }
    return json.dumps({"specs": specs}, sort_keys=True) + "\n"


def _spec(report: Report) -> dict[str, object]:
    files = sorted({image.file for image in report.images} | _broken_files(report))
    objects = [
        {"name": _base(file), "result": _result(report, file)}
        for file in files
        if file.endswith(_EXTENSION_SUFFIXES) or file in _broken_files(report)
    ]
    if report.name.endswith(".whl"):
        return {"kind": "wheel", "wheel": objects}
    return {"kind": "object", "object": objects[0] if objects else None}


def _result(report: Report, file: str) -> dict[str, object]:
    errors = [finding for finding in _errors(report) if finding.file == file]
    newer = {each.what for each in errors if each.code == _NEWER}
    floor = report.promise.floor
    added = {name: stable_symbols()[name].added for name in sorted(newer)}
    return {
        "is_abi3": all(finding.code == _NEWER for finding in errors),
        "is_abi3_baseline_compatible": not newer,
        "baseline": str(floor),
        "computed": str(max([floor, *added.values()])),
        "non_abi3_symbols": sorted(
            {each.what for each in errors if each.code in _NOT_STABLE}
        ),
        "future_abi3_objects": {name: str(each) for name, each in added.items()},
    }


def _broken_files(report: Report) -> set[str]:
    return {finding.file for finding in _errors(report) if finding.file}


def _errors(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity is Severity.ERROR]


def _base(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]
