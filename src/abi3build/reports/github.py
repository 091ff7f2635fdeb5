"""A report as GitHub's runner reads it: the log, then workflow commands.

Commands and their escaping are those of GitHub's own toolkit:
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.reports.rule_pages import page_of
from abi3build.reports.text import render_text
from abi3build.rules.finding import Severity
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["SourcePlace", "place_of", "relative_path", "render_github"]


_ORIGIN = re.compile(r"(?P<file>[^:]+|[A-Za-z]:[^:]+):(?P<line>[1-9][0-9]*)(?: .*)?")
"""An origin that names a line, such as ``src/core.c:41 in encode() and 2 more``."""


class SourcePlace(NamedTuple):
    """Name a file below the root, and a line of it."""

    path: str
    """With forward slashes, whatever the system."""

    line: int | None
    """None if the whole file is meant: a wheel, an extension module."""


def place_of(finding: Finding, audited: str, root: str) -> SourcePlace:
    """Return the source line of a finding if it is known, else the audited file."""
    match = _ORIGIN.fullmatch(finding.origin)
    if match is None:
        return SourcePlace(relative_path(audited, root), None)
    return SourcePlace(relative_path(match["file"], root), int(match["line"]))


def relative_path(path: str, root: str) -> str:
    """Return a path relative to the root; for a path outside it, only the name."""
    # Path.resolve would lead out of a root that has links in it.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - see above
    try:
        return absolute.relative_to(os.path.abspath(root)).as_posix()  # noqa: PTH100 - the same
    except ValueError:
        return absolute.name


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}
"""What is only worth knowing stays in the log."""

_SHOWN = 10
"""How many annotations of a level GitHub shows for one step; others vanish unsaid:
https://docs.github.com/en/actions/reference/limits"""

_LONGEST = 4000
"""In characters; names in hostile files may have megabytes."""


class _Annotation(NamedTuple):
    level: str
    title: str
    message: str
    path: str = ""
    line: int | None = None


def render_github(run: AuditRun) -> str:
    """Render the text report for the log, and an annotation for each finding.

    Names in a wheel could themselves be commands, so the log is fenced off by
    ``stop-commands``.  The token that ends the fence must not be known to the author of
    the wheel: it is a hash of what the fence encloses, which cannot contain it.
    """
    log = render_text(run)
    token = hashlib.sha256(log.encode()).hexdigest()
    fenced = f"::stop-commands::{token}\n{log}::{token}::\n" if log else ""
    annotations = [*_of_faults(run), *_of_releases(run), *_of_findings(run)]
    shown = [each for level in _LEVELS.values() for each in _first(annotations, level)]
    return fenced + "".join(f"{_command(each)}\n" for each in shown)


def _of_faults(run: AuditRun) -> Iterator[_Annotation]:
    for fault in run.faults:
        yield _Annotation("error", "abi3build", fault)


def _of_releases(run: AuditRun) -> Iterator[_Annotation]:
    for view in run.releases:
        from abi3build.reports.release_tables import gap_messages

        for severity, message in gap_messages(view):
            yield _Annotation(severity, "abi3build", message)


def _of_findings(run: AuditRun) -> Iterator[_Annotation]:
    for result in run.audited:
        for finding in result.report.findings:
            if finding in result.known or finding.severity not in _LEVELS:
                continue
            place = place_of(finding, result.path, run.root)
            message = _message(finding, relative_path(result.path, run.root))
            title = page_of(finding.code).title
            level = _LEVELS[finding.severity]
            yield _Annotation(level, title, message, *place)


def _message(finding: Finding, path: str) -> str:
    where = f"{finding.file} of {path}" if finding.file else path
    if finding.architecture:
        where = f"{where} ({finding.architecture})"
    lines = [f"{finding.what}: {finding.message}", f"in {where}"]
    return "\n".join([*lines, finding.hint] if finding.hint else lines)


def _first(annotations: list[_Annotation], level: str) -> list[_Annotation]:
    """Return as many as GitHub shows; the last one counts those that it would not."""
    found = [each for each in annotations if each.level == level]
    if len(found) <= _SHOWN:
        return found
    left = len(found) - _SHOWN + 1
    message = f"{left} more are in the log and in the job summary"
    return [*found[: _SHOWN - 1], _Annotation(level, "abi3build", message)]


def _command(annotation: _Annotation) -> str:
    properties = {"file": annotation.path, "line": annotation.line or ""}
    properties["title"] = annotation.title
    given = ",".join(
        f"{key}={_property(str(value))}" for key, value in properties.items() if value
    )
    return f"::{annotation.level} {given}::{_data(annotation.message)}"


def _data(text: str) -> str:
    cut = f"{text[:_LONGEST]} [...]" if len(text) > _LONGEST else text
    # A carriage return is spelled out already: it is not for printing.
    return printable(cut).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
