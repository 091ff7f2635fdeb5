"""What ``abi3build audit`` writes: one report to standard output, others to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.reports.forms import FORMATS, JSON, TEXT, parse_document

if TYPE_CHECKING:
    import argparse

    from abi3build.reports.forms import AuditRun

__all__ = ["add_arguments", "documents", "say_steps"]


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


def say_steps(options: argparse.Namespace) -> bool:
    """Tell whether a report is asked for that says what a lower floor would cost."""
    forms = {options.format, *(name for name, _ in options.also)}
    return JSON in forms or (options.verbose and TEXT in forms)


def documents(run: AuditRun, options: argparse.Namespace) -> tuple[str, ...]:
    """Render what ``--also`` asks for, in its order."""
    from abi3build.reports.forms import render

    return tuple(render(name, run) for name, _ in options.also)


def _document(text: str) -> tuple[str, str]:
    import argparse

    document = parse_document(text)
    if document is None:
        message = (
            f"expected FORMAT=FILE, such as sarif=abi3build.sarif, got {text!r};"
            f" the forms are {', '.join(FORMATS)}"
        )
        raise argparse.ArgumentTypeError(message)
    return document
