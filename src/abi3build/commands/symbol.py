"""``abi3build symbol``: show what is known of a name of the C API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.shared_arguments import read_floor_option

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="+",
        help="a name of the C API, such as PyList_Size",
    )
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        help="leave out changes up to and including this version",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Describe each name; the status is 0 if all are stable or in the Limited API."""
    from abi3build.commands import Outcome
    from abi3build.reports.symbol_report import describe, render_json, render_text

    floor = read_floor_option("--min-python", options.min_python)
    facts = [describe(name, floor) for name in options.names]
    render = render_json if options.format == "json" else render_text
    return Outcome(render(facts), int(any(fact.added is None for fact in facts)))
