"""The command line: the only place outside a build that prints results or exits.

Each subcommand is a module of ``abi3build.commands`` that adds its arguments and,
when it runs, imports what it needs: ``--help`` and ``--version`` load no reader.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.commands import audit, explain, show, symbol
from abi3build.errors import Abi3BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_DESCRIPTION = "Check and explain CPython stable-ABI (abi3) wheels."
_EPILOG = """\
exit status:
  0  every promise is kept
  1  at least one finding of severity error
  2  wrong usage or settings
  3  unreadable input, or nothing in it to audit
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit status.

    Results go to standard output, errors and notes to standard error.
    """
    options = _parser().parse_args(arguments)
    try:
        outcome = options.run(options)
    except Abi3BuildError as error:
        _report_error(error, as_json=getattr(options, "format", "text") == "json")
        return error.exit_status
    for line in outcome.notes:
        _say(line)
    sys.stdout.write(outcome.text)
    return int(outcome.status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="abi3build",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"abi3build {__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (audit, symbol, explain, show):
        command = commands.add_parser(
            module.NAME,
            help=module.SUMMARY,
            description=module.SUMMARY,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _report_error(error: Abi3BuildError, *, as_json: bool) -> None:
    for line in error.lines:
        _say(f"abi3build: error: {line}")
    if as_json:
        from abi3build.reports.json_document import render_json

        sys.stdout.write(render_json((), error.lines))


def _say(line: str) -> None:
    sys.stdout.flush()
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the edge prints
