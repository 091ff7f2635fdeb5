"""``abi3build port``: what stands between a source tree and the stable ABI."""

from __future__ import annotations

from abi3build.commands.audit import add_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from abi3build.commands.outcome import Outcome

__all__ = ["add_arguments", "run"]

_DEFAULT_FLOOR = "3.9"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help="C, C++ and Cython sources or folders with them; the working folder",
    )
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        default=_DEFAULT_FLOOR,
        help=f"the floor to port to, {_DEFAULT_FLOOR} by default",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_output(parser)


def run(options: argparse.Namespace) -> Outcome:
    """Read the sources; the status is 1 where something has to change."""
    from pathlib import Path

    from abi3build.commands.outcome import Outcome
    from abi3build.reports.port import render_json, render_text
    from abi3build.settings.floors import read_floor
    from abi3build.settings.table import Place
    from abi3build.sources.porting import look_through

    floor = read_floor(Place("--min-python", textual=True), options.min_python)
    report = look_through(list(map(Path, options.sources or ["."])), floor)
    render = render_json if options.format == "json" else render_text
    return Outcome(render(report), int(bool(report.obstacles)))
