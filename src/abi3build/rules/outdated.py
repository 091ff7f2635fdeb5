"""Rule ABI504: what compiles with the build's headers, but not with newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.evidence.outdated_names import OutdatedName
    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["outdated_name"]


def outdated_name(audited: AuditedFiles) -> Iterator[Finding]:
    """Find names that newer headers deprecate or no longer declare (ABI504).

    The wheel itself keeps working: only a build with a newer Python is affected.
    """
    yield from map(_outdated, audited.outdated_names)


def _outdated(name: OutdatedName) -> Finding:
    others = len(name.places) - 1
    more = f" and {others} more" if others else ""
    return Finding(
        code="ABI504",
        severity=Severity.INFO,
        file="",
        what=name.name,
        message=_message(name),
        hint=_hint(name),
        origin=f"{name.places[0]}{more}",
    )


def _hint(name: OutdatedName) -> str:
    if not name.instead:
        return ""
    joint = " " if name.instead.startswith("use ") else ": "
    return f"for {name.name}{joint}{name.instead}"


def _message(name: OutdatedName) -> str:
    parts = []
    if name.since is not None:
        parts.append(f"deprecated since {name.since}")
    elif name.compiler_warned:
        parts.append("deprecated")
    if name.removal is not None:
        is_past = name.removal <= NEWEST_KNOWN
        verb = "no longer declare it" if is_past else "will not declare it"
        parts.append(f"headers of {name.removal} {verb}")
    warned = "the compiler warns: " if name.compiler_warned else ""
    return f"{warned}{', '.join(parts)}"
