"""Everything that one run of the audit gave: what each renderer renders."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from abi3build.auditing import Audited

__all__ = ["AuditRun"]


class AuditRun(NamedTuple):
    """Hold what came of the inputs, in their order, and what went wrong."""

    results: tuple[Audited, ...] = ()
    faults: tuple[str, ...] = ()
    """What could not be found or read, or was wrong with the settings."""

    verbose: bool = False
    by_release: bool = False
    """True where wheels come from a package index and are shown by release too."""

    root: str = ""
    """The directory that reports for services name files by: where the sources are."""
