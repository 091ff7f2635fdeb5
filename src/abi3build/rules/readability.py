"""Rule ABI801: whether everything could be read that had to be."""

from __future__ import annotations

from abi3build.binaries.image import WEB_ASSEMBLY
from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject

__all__ = ["unreadable"]


def unreadable(subject: Subject) -> Iterator[Finding]:
    """Find files with machine code that are truncated or malformed (ABI801)."""
    for file in subject.files:
        if file.fault:
            sound = file.fault == WEB_ASSEMBLY
            severity = Severity.WARNING if sound else Severity.ERROR
            yield Finding(
                code="ABI801",
                severity=severity,
                file=file.path,
                subject=file.path.rpartition("/")[2],
                message=file.fault,
                hint="link the file again; what cannot be read cannot be promised",
            )
