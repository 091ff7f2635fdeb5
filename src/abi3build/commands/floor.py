"""``abi3build floor``: the lowest floor that finished files allow, and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.shared_arguments import add_inputs, add_output, find_paths

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from abi3build.audit.floor_steps import FloorReport
    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]


_UNREADABLE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_inputs(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(error_document=_error_document)
    add_output(parser)
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="name every file that a line is about",
    )


def _error_document(form: str, errors: Sequence[str]) -> str:
    from abi3build.reports.floor_report import render_json

    return render_json((), errors) if form == "json" else ""


def run(options: argparse.Namespace) -> Outcome:
    """Find each input's floor; the status is 1 if a file has none at all."""
    from abi3build.audit.audit_input import NothingPromisedError, floor_of
    from abi3build.commands import Outcome
    from abi3build.errors import UnreadableError
    from abi3build.reports.floor_report import render_json, render_text
    from abi3build.wording import on_one_line

    inputs = find_paths(options.paths)
    reports: list[FloorReport] = []
    notes: list[str] = []
    faults = list(inputs.faults)
    for given in inputs.files:
        try:
            reports.append(floor_of(given))
        except NothingPromisedError as error:
            (faults if given.named else notes).extend(error.lines)
        except UnreadableError as error:
            faults += error.lines
    if not reports and not faults:
        faults.append("none of the files found contains machine code: name other paths")
    if options.format == "json":
        text = render_json(reports, faults)
    else:
        text = render_text(reports, verbose=options.verbose)
    return Outcome(
        text,
        _UNREADABLE if faults else int(any(report.never for report in reports)),
        (
            *(f"abi3build: note: {on_one_line(line)}" for line in notes),
            *(f"abi3build: error: {on_one_line(line)}" for line in faults),
        ),
    )
