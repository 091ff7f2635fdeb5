"""The result for one input: it was audited, skipped, or could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Union

if TYPE_CHECKING:
    from abi3build.audit.report import Report
    from abi3build.rules.finding import Finding

__all__ = ["AuditResult", "Audited", "Skipped", "Unreadable"]


class Audited(NamedTuple):
    """Hold the report about an input."""

    path: str
    """The path as it was given or found."""

    report: Report
    known: frozenset[Finding] = frozenset()
    """The findings of the report that a baseline holds too."""


class Skipped(NamedTuple):
    """Say why a file that was found but not named was not audited."""

    path: str
    reason: str


class Unreadable(NamedTuple):
    """Say what is wrong with an input that could not be audited."""

    path: str
    faults: tuple[str, ...]
    known_faults: tuple[str, ...] = ()
    """What was wrong with it in a baseline as well."""


AuditResult = Union[Audited, Skipped, Unreadable]
