"""Rule ABI701 and the waivers themselves: findings that a project accepts."""

from __future__ import annotations

from fnmatch import fnmatchcase

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.settings.model import Waiver

__all__ = ["stale_waivers", "waiver_for"]

_WAIVABLE = ("ABI1", "ABI2", "ABI4", "ABI5")
"""The families of rules about symbols and libraries: what ``allow`` is for."""


def waiver_for(finding: Finding, waivers: Sequence[Waiver]) -> Waiver | None:
    """Give the first waiver that covers a finding; None where none does."""
    if not finding.code.startswith(_WAIVABLE):
        return None
    for waiver in waivers:
        if fnmatchcase(finding.subject, waiver.symbol):
            return waiver
    return None


def stale_waivers(waivers: Sequence[Waiver], used: Sequence[Waiver]) -> list[Finding]:
    """Find waivers that cover no finding (ABI701)."""
    return [
        Finding(
            code="ABI701",
            severity=Severity.WARNING,
            file="",
            subject=waiver.symbol,
            message=f"allowed, but nothing needs it ({waiver.reason})",
            hint="remove the entry from tool.abi3build.allow",
        )
        for waiver in waivers
        if waiver not in used
    ]
