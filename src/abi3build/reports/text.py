"""A report as text: one headline, one line for each finding, the next steps."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited, Skipped, Unreadable
from abi3build.reports.verdicts import counted, headline, not_proven_lines
from abi3build.rules.finding import Severity
from abi3build.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.report import Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["render_details", "render_text"]

_NAMED_AT_MOST = 5
_NOTHING_KNOWN: frozenset[Finding] = frozenset()


def render_text(run: AuditRun) -> str:
    """Render every report, then one line of counts if there were several inputs.

    Those that keep their promise come first, so that the others are what one sees.  A
    verbose run also says what was looked at and what could not be seen; a quiet one
    leaves out what keeps its promise.
    """
    lines: list[str] = []
    for result in sorted(run.audited, key=_is_broken):
        if run.quiet and not _is_broken(result):
            continue
        if run.by_release and not run.verbose and _is_clean(result.report):
            # The table says of it all there is to say.
            continue
        lines.append(f"{headline(result.report)}{_since_baseline(result)}")
        lines += render_details(result.report, result.known)
        if run.verbose:
            from abi3build.reports.details import looked_at_lines

            lines += looked_at_lines(result.report)
    if run.by_release and not run.quiet:
        from abi3build.reports.details import release_lines

        lines += release_lines(run.results)
    for view in run.releases:
        from abi3build.reports.release_tables import release_text

        lines += release_text(view, quiet=run.quiet)
    if len(run.results) > 1 and not run.quiet:
        lines.append(_counts(run.results))
    return "".join(f"{on_one_line(line)}\n" for line in lines)


def _is_broken(result: Audited) -> bool:
    return not result.report.keeps_promise


def _is_clean(report: Report) -> bool:
    said = {finding.severity for finding in report.findings} - {Severity.INFO}
    return report.name.endswith(".whl") and not said and not report.waived


def render_details(
    report: Report, known: frozenset[Finding] = _NOTHING_KNOWN
) -> list[str]:
    """Render the findings by file and the distinct next steps, one line each.

    Known findings are marked, and their next steps left out.
    """
    lines: list[str] = []
    width = max((len(finding.what) for finding in report.findings), default=0)
    for place, findings in groupby(report.findings, key=lambda finding: finding.place):
        lines += [f"  {place}"] if place else []
        indent = "    " if place else "  "
        lines += [
            f"{indent}{_finding_line(finding, width, known)}" for finding in findings
        ]
    for waived in report.waived:
        finding = waived.finding
        lines.append(
            f"  allowed: {finding.code} {finding.what} in {finding.file}"
            f" ({waived.reason})"
        )
    lines += not_proven_lines(report)
    seen = [each.machine_code for each in report.images if each.machine_code]
    if seen:
        from abi3build.reports.seen_code import code_line

        lines.append(f"  {code_line(seen)}")
    hints = _distinct(
        finding.hint
        for finding in report.findings
        if finding.hint and finding not in known
    )
    return lines + [f"  hint: {hint}" for hint in hints]


def _since_baseline(result: Audited) -> str:
    if result.report.keeps_promise:
        return ""
    errors = [
        finding
        for finding in result.report.findings
        if finding.severity is Severity.ERROR
    ]
    return ", as in the baseline" if result.known.issuperset(errors) else ""


def _counts(results: Sequence[AuditResult]) -> str:
    """Count the inputs, and name those that do not keep their promise."""
    audited = [each for each in results if isinstance(each, Audited)]
    broken = [each.report.name for each in audited if _is_broken(each)]
    kept = len(audited) - len(broken)
    counts = {
        "keeps its promise" if kept == 1 else "keep their promise": kept,
        "skipped": sum(isinstance(each, Skipped) for each in results),
        "unreadable": sum(isinstance(each, Unreadable) for each in results),
        "does not" if len(broken) == 1 else "do not": len(broken),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    names = f": {', '.join(broken[:_NAMED_AT_MOST])}" if broken else ""
    further = len(broken) - _NAMED_AT_MOST
    more = f" and {further} more" if further > 0 else ""
    return f"{counted(len(results), 'input')}: {said}{names}{more}"


def _finding_line(finding: Finding, width: int, known: frozenset[Finding]) -> str:
    severity = (
        "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    )
    if finding in known:
        severity = f"known {severity}" if severity else "known: "
    line = f"{finding.code} {finding.what:<{width}}   {severity}{finding.message}"
    return f"{line}   {finding.origin}" if finding.origin else line


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
