"""The forms in which ``abi3build audit`` reports: names, and who renders each.

A renderer is loaded when its form is asked for, so that one costs the others nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.audit.audit_result import Audited, Skipped, Unreadable
from abi3build.wording import spelled_out

if TYPE_CHECKING:
    from typing import Callable

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.report import Report
    from abi3build.releases.release_view import ReleaseView

__all__ = [
    "FORMATS",
    "FORMATS_WITHOUT_FAULTS",
    "JSON",
    "TEXT",
    "AuditRun",
    "parse_document",
    "render",
]


class AuditRun(NamedTuple):
    """Contain the results for the inputs, in their order, and the errors."""

    results: tuple[AuditResult, ...] = ()
    faults: tuple[str, ...] = ()
    """What could not be found or read, or was wrong with the settings."""

    verbose: bool = False
    by_release: bool = False
    """True if wheels come from a package index and are shown by release too."""

    quiet: bool = False
    """True if a report for people is to show only what does not keep its promise."""

    root: str = ""
    """The directory that reports for services name files by: where the sources are."""

    releases: tuple[ReleaseView, ...] = ()
    """What is known of releases as a whole."""

    @property
    def audited(self) -> tuple[Audited, ...]:
        """Return the results that have a report, in their order."""
        return tuple(each for each in self.results if isinstance(each, Audited))

    @property
    def reports(self) -> tuple[Report, ...]:
        """Return the reports, in the order of the inputs."""
        return tuple(each.report for each in self.audited)

    @property
    def known_faults(self) -> list[str]:
        """Return why inputs could not be read, as far as a baseline knows it."""
        return [
            fault
            for each in self.results
            if isinstance(each, Unreadable)
            for fault in each.known_faults
        ]

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Return the inputs that were skipped, in their order."""
        return tuple(each for each in self.results if isinstance(each, Skipped))


TEXT = "text"
JSON = "json"

FORMATS = {
    TEXT: "text:render_text",
    JSON: "json_document:render_json",
    "github": "github:render_github",
    "sarif": "sarif:render_sarif",
    "junit": "junit:render_junit",
    "markdown": "markdown:render_markdown",
    "html": "html:render_html",
    "abi3audit-json": "abi3audit_form:render_abi3audit_json",
}
"""By name, the default first, a module of this folder and its function, which takes an
``AuditRun`` and gives text that ends with a newline."""

_AS_DATA = (JSON, "abi3audit-json")
"""Those for programs, with names as they are: JSON itself spells out ends of lines."""

FORMATS_WITHOUT_FAULTS = (TEXT, "abi3audit-json")
"""Those with no place for what went wrong with a run as a whole."""


def parse_document(text: str) -> tuple[str, str] | None:
    """Read ``FORMAT=FILE``; None if it is something else."""
    name, _, path = text.partition("=")
    return (name, path) if name in FORMATS and path else None


def render(name: str, run: AuditRun) -> str:
    """Render a run in one of the forms, by its name."""
    from importlib import import_module

    module, function = FORMATS[name].split(":")
    found = getattr(import_module(f"abi3build.reports.{module}"), function)
    renderer: Callable[[AuditRun], str] = found
    return renderer(run if name in _AS_DATA else spelled_out(run))
