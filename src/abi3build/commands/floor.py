"""``abi3build floor``: how low a floor the finished files allow, and why no lower."""

from __future__ import annotations

from abi3build.commands.audit import add_inputs, add_output, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from abi3build.commands.outcome import Outcome
    from abi3build.floor_steps import FloorReport

__all__ = ["add_arguments", "run"]

_UNREADABLE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_inputs(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_output(parser)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="name every file that a line means"
    )


def run(options: argparse.Namespace) -> Outcome:
    """Find each input's floor; the status is 1 where a file has none at all."""
    from abi3build.auditing import NothingPromisedError, floor_of
    from abi3build.commands.outcome import Outcome
    from abi3build.errors import UnreadableError
    from abi3build.reports.floor import render_json, render_text

    inputs = find(options.paths)
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
        faults.append("no file that was found has machine code: name other paths")
    if options.format == "json":
        text = render_json(reports, faults)
    else:
        text = render_text(reports, verbose=options.verbose)
    return Outcome(
        text,
        _UNREADABLE if faults else int(any(report.never for report in reports)),
        (
            *(f"abi3build: note: {line}" for line in notes),
            *(f"abi3build: error: {line}" for line in faults),
        ),
    )
