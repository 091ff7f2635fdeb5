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
    from abi3build.versions import PythonVersion

__all__ = ["render_abi3audit_json"]


_EXTENSION_SUFFIXES = (".pyd", ".so")
_NOT_STABLE = {"ABI101", "ABI104", "ABI105"}
_NEWER = "ABI102"
_INTERPOSED = "ABI105"


def render_abi3audit_json(run: AuditRun) -> str:
    """Render the reports as one line of JSON.

    The form has no place for other findings than symbols: a file with any other error
    has ``is_abi3`` false and no symbol that says why.
    """
    specs = {each.path: _spec(each.report) for each in run.audited}
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
    floor = report.promise.floor
    newer = {each.what for each in errors if _is_newer(each, floor)}
    added = {name: stable_symbols()[name].added for name in sorted(newer)}
    return {
        "is_abi3": all(_is_newer(finding, floor) for finding in errors),
        "is_abi3_baseline_compatible": not newer,
        "baseline": str(floor),
        "computed": str(max([floor, *added.values()])),
        "non_abi3_symbols": sorted(
            {
                each.what
                for each in errors
                if each.code in _NOT_STABLE and not _is_newer(each, floor)
            }
        ),
        "future_abi3_objects": {name: str(each) for name, each in added.items()},
    }


def _is_newer(finding: Finding, floor: PythonVersion) -> bool:
    """Tell whether a symbol is stable, but only above the floor."""
    if finding.code not in {_NEWER, _INTERPOSED}:
        return False
    stable = stable_symbols().get(finding.what)
    return stable is not None and stable.added > floor


def _broken_files(report: Report) -> set[str]:
    return {finding.file for finding in _errors(report) if finding.file}


def _errors(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity is Severity.ERROR]


def _base(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]
