"""Findings that a project accepts, separated from the others in audits of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited
from abi3build.audit.report import set_waived_aside
from abi3build.rules.registry import stale_waivers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.report import Report
    from abi3build.settings.model import Waiver

__all__ = ["set_accepted_aside"]


def set_accepted_aside(
    results: Sequence[AuditResult], waivers: Sequence[Waiver]
) -> list[AuditResult]:
    """Return the results with the accepted findings separated from the others.

    A waiver that covers nothing in any of the reports is a finding of the first report
    (ABI701), as in a build; the wheels of a project need not all have the same symbols.
    """
    used: list[Waiver] = []
    made = [
        result._replace(report=_without_accepted(result.report, waivers, used))
        if isinstance(result, Audited)
        else result
        for result in results
    ]
    was_read = any(
        image.machine_code is not None
        for result in results
        if isinstance(result, Audited)
        for image in result.report.images
    )
    stale = stale_waivers(waivers, used, code_was_read=was_read)
    for index, result in enumerate(made):
        if not isinstance(result, Audited) or not stale:
            continue
        found = (*result.report.findings, *stale)
        ordered = tuple(sorted(found, key=lambda finding: finding.order))
        made[index] = result._replace(report=result.report._replace(findings=ordered))
        break
    return made


def _without_accepted(
    report: Report, waivers: Sequence[Waiver], used: list[Waiver]
) -> Report:
    kept, waived, covering = set_waived_aside(report.findings, waivers)
    used += covering
    return report._replace(findings=tuple(kept), waived=(*report.waived, *waived))
