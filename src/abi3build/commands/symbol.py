"""``abi3build symbol``: say what is known of a name of the C API."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from abi3build.commands.outcome import Outcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="such as PyList_Size")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Describe each name; the status is 0 where all are in the stable ABI."""
    from abi3build.commands.outcome import Outcome
    from abi3build.reports.symbols import describe, render_json, render_text

    facts = [describe(name) for name in options.names]
    render = render_json if options.format == "json" else render_text
    return Outcome(render(facts), int(any(fact.added is None for fact in facts)))
