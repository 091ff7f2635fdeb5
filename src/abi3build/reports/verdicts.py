"""The words of a verdict: whether the promise is kept, and on what that rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.audit.report import Proof
from abi3build.rules.finding import Severity

if TYPE_CHECKING:
    from abi3build.audit.report import Report

__all__ = ["PROOFS", "counted", "headline", "not_proven_lines", "verdict"]

PROOFS = {
    Proof.PROVEN: "",
    Proof.SEEN: ", as far as can be seen",
    Proof.SYMBOLS: ", by its symbols",
}
"""What a verdict adds to the words that the promise is kept."""

_NOT_PROVEN = "ABI407"


def headline(report: Report) -> str:
    """Say in one line whether the promise is kept."""
    return f"{report.name} {verdict(report)}"


def verdict(report: Report) -> str:
    """Say whether the promise is kept, as what follows the name."""
    if not report.images and not report.keeps_promise and report.promise_is_computed:
        return "cannot be read, so nothing is known about it"
    if report.promise_is_computed:
        promised = f"states no floor; checked against {report.promise}"
        kept = "passes" if report.keeps_promise else "fails"
        return f"{promised}, the lowest that it allows: {kept}"
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


def not_proven_lines(report: Report) -> list[str]:
    """Count in one line of what nothing is proven, and say why; none if all is."""
    said = [f"{counted(count, kind)} ({why})" for kind, why, count in report.not_proven]
    if not said or not report.keeps_promise:
        return []
    return [f"  not proven: {'; '.join(said)}"]


def _extent(report: Report) -> str:
    count = sum(image.stable_symbols for image in report.images)
    files = len({image.file for image in report.images})
    if not files:
        return ""
    return (
        f" ({counted(files, 'file')}, {counted(count, 'stable symbol')}, available"
        f" since {report.floor})"
    )


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, in the plural if it is not one."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
