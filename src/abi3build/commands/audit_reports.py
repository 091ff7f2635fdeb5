"""What ``abi3build audit`` writes: one report to standard output, others to files."""

from __future__ import annotations

from abi3build.reports.formats import FORMATS, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from abi3build.commands.outcome import Addition
    from abi3build.reports.audit_run import AuditRun

__all__ = ["add_arguments", "documents", "job_summary", "report_root"]

_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file for a step's summary."""

_SUMMARY_SIZE = 1 << 20
"""In bytes; GitHub shows nothing of a summary that is larger."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare in which forms the audit reports."""
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default=TEXT,
        help="text for people (default), json as the published schema describes it,"
        " github for its workflows, sarif, junit, markdown, html, or the report of"
        " abi3audit",
    )
    parser.add_argument(
        "--also",
        metavar="FORMAT=FILE",
        type=_document,
        action="append",
        default=[],
        help="write the report in this form to this file too; may be given several"
        " times",
    )


def documents(run: AuditRun, options: argparse.Namespace) -> tuple[str, ...]:
    """Render what ``--also`` asks for, in its order."""
    from abi3build.reports.formats import render

    return tuple(render(name, run) for name, _ in options.also)


def report_root() -> Path:
    """Give the directory that reports name files by: the checkout, in a workflow."""
    import os
    from pathlib import Path

    return Path(os.environ.get("GITHUB_WORKSPACE") or os.curdir).absolute()


def job_summary(run: AuditRun) -> Addition | None:
    """Give what is to stand on the page of a job of GitHub Actions."""
    import os
    from pathlib import Path

    from abi3build.commands.outcome import Addition
    from abi3build.reports.markdown import render_markdown

    path = os.environ.get(_SUMMARY)
    if not path:
        return None
    try:
        used = Path(path).stat().st_size
    except OSError:
        # It is made, or whoever writes to it says what is wrong.
        used = 0
    return Addition(path, _SUMMARY, render_markdown(run, _SUMMARY_SIZE - used))


def _document(text: str) -> tuple[str, str]:
    import argparse

    name, _, path = text.partition("=")
    if name not in FORMATS or not path:
        message = (
            f"expected FORMAT=FILE, such as sarif=abi3build.sarif, got {text!r};"
            f" the forms are {', '.join(FORMATS)}"
        )
        raise argparse.ArgumentTypeError(message)
    return name, path
