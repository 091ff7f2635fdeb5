"""A report as text: one headline, one line for each finding, the next steps."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.audit.report import Proof
from abi3build.rules.finding import Severity
from abi3build.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.audit.audit_input import Audited
    from abi3build.audit.report import Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = [
    "PROOFS",
    "headline",
    "not_proven_lines",
    "render_details",
    "render_text",
    "verdict",
]

PROOFS = {
    Proof.PROVEN: "",
    Proof.SEEN: ", as far as can be seen",
    Proof.SYMBOLS: ", by its symbols",
}
"""What a verdict adds to the words that the promise is kept."""

_NOT_PROVEN = "ABI407"

_NOTHING_KNOWN: frozenset[Finding] = frozenset()


def render_text(run: AuditRun) -> str:
    """Render every report, then one line of counts where there were several inputs.

    A verbose run also says what was looked at and what could not be seen.
    """
    lines: list[str] = []
    for result in run.results:
        if result.report is None:
            continue
        if run.by_release and not run.verbose and _is_clean(result.report):
            # The table says of it all there is to say.
            continue
        lines.append(f"{headline(result.report)}{_since_baseline(result)}")
        lines += render_details(result.report, result.known)
        if run.verbose:
            from abi3build.reports.details import looked_at_lines

            lines += looked_at_lines(result.report)
    if run.by_release:
        from abi3build.reports.details import release_lines

        lines += release_lines(run.results)
    if len(run.results) > 1:
        lines.append(_counts(run.results))
    return "".join(f"{on_one_line(line)}\n" for line in lines)


def _is_clean(report: Report) -> bool:
    said = {finding.severity for finding in report.findings} - {Severity.INFO}
    return report.name.endswith(".whl") and not said and not report.waived


def headline(report: Report) -> str:
    """Say in one line whether the promise is kept."""
    return f"{report.name} {verdict(report)}"


def verdict(report: Report) -> str:
    """Say whether the promise is kept, as what follows the name."""
    if not report.images and not report.keeps_promise and report.promise_is_computed:
        return "cannot be read, so nothing is promised of it"
    if report.promise_is_computed:
        promised = f"promises nothing by itself; read as {report.promise}"
        kept = "keeps that" if report.keeps_promise else "does not keep that"
        return f"{promised}, the lowest floor it allows: {kept}"
    if not report.keeps_promise:
        errors = (each for each in report.findings if each.severity is Severity.ERROR)
        if all(each.code == _NOT_PROVEN for each in errors):
            return f"is not proven to keep its promise to {report.promise}"
        return f"does not keep {_broken_promise(report)}"
    proof = PROOFS[report.proof]
    return f"keeps its promise to {report.promise}{proof}{_extent(report)}"


def _broken_promise(report: Report) -> str:
    """Say which of a wheel's promises is broken, the one to Python before others."""
    codes = {
        finding.code
        for finding in report.findings
        if finding.severity is Severity.ERROR
    }
    platform = report.name.removesuffix(".whl").rpartition("-")[2]
    if codes <= {"ABI604", "ABI607"}:
        return f"its promise to the platform, {platform}"
    if codes == {"ABI606"}:
        return "what its RECORD says"
    return f"its promise to {report.promise}"


def render_details(
    report: Report, known: frozenset[Finding] = _NOTHING_KNOWN
) -> list[str]:
    """Render the findings by file and the distinct next steps, one line each.

    Known findings are marked, and their next steps left out.
    """
    lines: list[str] = []
    width = max((len(finding.what) for finding in report.findings), default=0)
    for place, findings in groupby(report.findings, key=_place):
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
    hints = _distinct(
        finding.hint
        for finding in report.findings
        if finding.hint and finding not in known
    )
    return lines + [f"  hint: {hint}" for hint in hints]


def not_proven_lines(report: Report) -> list[str]:
    """Count in one line of what nothing is proven, and say why; none where all is."""
    said = [f"{_plural(count, kind)} ({why})" for kind, why, count in report.not_proven]
    if not said or not report.keeps_promise:
        return []
    return [f"  not proven: {'; '.join(said)}"]


def _since_baseline(result: Audited) -> str:
    if result.report is None or result.report.keeps_promise:
        return ""
    errors = [
        finding
        for finding in result.report.findings
        if finding.severity is Severity.ERROR
    ]
    return ", as in the baseline" if result.known.issuperset(errors) else ""


def _counts(results: Sequence[Audited]) -> str:
    reports = [result.report for result in results if result.report is not None]
    kept = sum(report.keeps_promise for report in reports)
    counts = {
        "keep their promise": kept,
        "do not": len(reports) - kept,
        "passed by": sum(bool(result.skipped) for result in results),
        "unreadable": sum(bool(result.faults) for result in results),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{_plural(len(results), 'input')}: {said}"


def _extent(report: Report) -> str:
    count = sum(image.stable_symbols for image in report.images)
    files = len({image.file for image in report.images})
    if not files:
        return ""
    return (
        f" ({_plural(files, 'file')}, {_plural(count, 'stable symbol')},"
        f" lowest floor by symbols {report.floor})"
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _place(finding: Finding) -> str:
    if finding.architecture:
        return f"{finding.file} ({finding.architecture})"
    return finding.file


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
