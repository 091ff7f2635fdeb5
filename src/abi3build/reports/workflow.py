"""What GitHub's workflows say through variables: the checkout, the job's page.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.reports.forms import AuditRun

__all__ = ["add_summary", "report_root"]

_SUMMARY = "GITHUB_STEP_SUMMARY"

_SUMMARY_SIZE = 1 << 20
"""In bytes; GitHub shows nothing of a summary that is larger."""


def report_root(environ: Mapping[str, str]) -> str:
    """Return the directory that reports name files by.

    It is the checkout, if the current directory is in it.
    """
    given = environ.get("GITHUB_WORKSPACE")
    if not given:
        return os.getcwd()
    from pathlib import Path

    current, workspace = Path.cwd(), Path(given).absolute()
    return str(workspace if workspace in [current, *current.parents] else current)


def add_summary(run: AuditRun, environ: Mapping[str, str]) -> None:
    """Add a run to the page of its job, if a variable names the file for that.

    Raise ``UsageError`` if the file cannot be written.
    """
    name = environ.get(_SUMMARY)
    if not name:
        return
    from pathlib import Path

    from abi3build.outputs import add_to
    from abi3build.reports.markdown import render_markdown
    from abi3build.wording import spelled_out

    path = Path(name)
    try:
        used = path.stat().st_size
    except OSError:
        # It is made, or writing says what is wrong.
        used = 0
    add_to(path, render_markdown(spelled_out(run), _SUMMARY_SIZE - used), _SUMMARY)
