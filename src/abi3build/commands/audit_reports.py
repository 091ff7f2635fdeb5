"""What ``abi3build audit`` writes: one report to standard output, others to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.reports.forms import FORMATS, JSON, TEXT, parse_document

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from abi3build.reports.forms import AuditRun

__all__ = ["add_arguments", "documents", "in_color", "notes", "say_steps"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the forms of the report."""
    parser.set_defaults(error_document=_error_document)
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default=TEXT,
        help=(
            "text for people (default), json as described by the published schema,"
            " github for GitHub workflows, sarif, junit, markdown, html, or the report"
            " of abi3audit"
        ),
    )
    parser.add_argument(
        "--also",
        metavar="FORMAT=FILE",
        type=_document,
        action="append",
        default=[],
        help="also write the report in this form to this file; can be repeated",
    )

    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help=(
            "whether to color the text (default: auto, on a terminal; NO_COLOR and"
            " FORCE_COLOR in the environment are honored)"
        ),
    )
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="also show what was read, what was skipped and what could not be seen",
    )
    how_much.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="show only what does not keep its promise",
    )


def _error_document(form: str, errors: Sequence[str]) -> str:
    """Return the report of an audit that could not begin, if the form has one."""
    from abi3build.reports.forms import FORMATS_WITHOUT_FAULTS, AuditRun, render

    if form in FORMATS_WITHOUT_FAULTS:
        return ""
    return render(form, AuditRun(faults=tuple(errors)))


def in_color(text: str, options: argparse.Namespace) -> str:
    """Return the text for standard output, colored if requested."""
    import os
    import sys

    if options.format != TEXT or options.output not in {None, "-"}:
        return text
    from abi3build.reports.painting import is_painted, painted

    if sys.stdout is None or not is_painted(options.color, os.environ, sys.stdout):
        return text
    return painted(text)


def notes(run: AuditRun, options: argparse.Namespace) -> tuple[str, ...]:
    """Return the lines for standard error: what was skipped, then what went wrong."""
    from abi3build.wording import on_one_line

    skipped = [each.reason for each in run.skipped]
    if options.quiet:
        skipped = []
    elif len(skipped) > 1 and not options.verbose:
        count = len(skipped)
        said = f"skipped {count} files that do not promise the stable ABI"
        skipped = [f"{said}: --verbose lists them"]
    known = [] if options.quiet else run.known_faults
    return (
        *(f"abi3build: note: {on_one_line(each)}" for each in skipped),
        *(
            f"abi3build: note: as in the baseline: {on_one_line(each)}"
            for each in known
        ),
        *_gaps(run, options.format),
        *(f"abi3build: error: {on_one_line(each)}" for each in run.faults),
    )


def _gaps(run: AuditRun, form: str) -> Iterator[str]:
    """Yield findings that abi3audit's form cannot express."""
    for view in run.releases if form == "abi3audit-json" else ():
        from abi3build.reports.release_tables import gap_messages

        for severity, message in gap_messages(view):
            yield f"abi3build: {severity}: {message}"


def say_steps(options: argparse.Namespace) -> bool:
    """Tell whether a requested report shows what a lower floor would require."""
    forms = {options.format, *(name for name, _ in options.also)}
    return JSON in forms or (options.verbose and TEXT in forms)


def documents(run: AuditRun, options: argparse.Namespace) -> tuple[str, ...]:
    """Render the reports that ``--also`` requests, in its order."""
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
