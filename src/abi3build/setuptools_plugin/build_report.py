"""The report of a build, in a form of the audit's, where a variable asks for it.

It is no setting: what is built does not depend on it.
"""

from __future__ import annotations

import os
from pathlib import Path

from abi3build.auditing import Audited
from abi3build.errors import UsageError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.outputs import write_whole
from abi3build.reports.audit_run import AuditRun
from abi3build.reports.formats import FORMATS, parse_document, render
from abi3build.reports.workflow import add_summary, report_root
from abi3build.settings.sources import REPORT_VARIABLE
from abi3build.setuptools_plugin.edge import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.audit import Report

__all__ = ["requested_report", "write_report"]

_SUFFIXES = {"junit": "xml", "markdown": "md", "text": "txt"}
"""Of files in a directory; other forms are suffixes themselves."""


def requested_report(environ: Mapping[str, str]) -> tuple[str, str]:
    """Read which form is asked for and where it goes; two empty texts for neither.

    Raise ``UsageError`` where that is not understood.
    """
    text = environ.get(REPORT_VARIABLE, "")
    if not text:
        return "", ""
    if text in FORMATS:
        return text, ""
    document = parse_document(text)
    if document is None:
        message = (
            f"environment variable {REPORT_VARIABLE}: expected a form, or FORMAT=FILE,"
            f' such as github or sarif=abi3build.sarif, got "{text}"; the forms are'
            f" {', '.join(FORMATS)}"
        )
        raise UsageError(message)
    return document


def write_report(report: Report, request: tuple[str, str]) -> None:
    """Write a report to its file, or show it where there is none.

    A directory gets a file for each wheel.  Raise ``UsageError`` where nothing can be
    written.
    """
    form, place = request
    if not form:
        return
    run = AuditRun((Audited(report.name, report),), root=report_root(os.environ))
    text = render(form, run)
    if not place:
        show(text)
        if form == "github":
            add_summary(run, os.environ)
        return
    path = Path(place)
    if path.is_dir():
        path /= f"{report.name}.{_SUFFIXES.get(form, form)}"
    write_whole(path, text, REPORT_VARIABLE)
