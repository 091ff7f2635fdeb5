"""The command line: the only place outside a build that prints results or exits.

Each subcommand is a module of ``abi3build.commands`` that adds its arguments and,
when it runs, imports what it needs: ``--help`` and ``--version`` load no reader, and
nothing else that the interpreter has not loaded anyway.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.commands import COMMANDS, load_command
from abi3build.errors import Abi3BuildError
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.commands import Outcome

__all__ = ["main"]

_DESCRIPTION = "Check and explain CPython stable-ABI (abi3) wheels."
_EPILOG = """\
exit status:
  0  every promise is kept
  1  at least one finding of severity error
  2  wrong usage or settings
  3  unreadable input, or nothing in it to audit
"""
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit status.

    Results go to standard output or to the file of ``--output``, errors and notes to
    standard error.
    """
    _allow_any_name()
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    try:
        return _run(options)
    except Abi3BuildError as error:
        return _report_error(error, options)
    except BrokenPipeError:
        return _stop_writing()
    except KeyboardInterrupt:
        _say("abi3build: error: interrupted")
        return _INTERRUPTED


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
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
    # Nobody sees the others, and they take time to add.
    for name in given[:1] if given and given[0] in COMMANDS else COMMANDS:
        summary = COMMANDS[name]
        command = commands.add_parser(
            name,
            help=summary,
            description=summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name in given:
            module = load_command(name)
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _run(options: argparse.Namespace) -> int:
    output = getattr(options, "output", None)
    also = getattr(options, "also", ())
    _check_destinations(output, [path for _, path in also])
    outcome: Outcome = options.run(options)
    for line in outcome.notes:
        _say(line)
    _deliver(outcome, output, [path for _, path in also])
    return outcome.status


def _check_destinations(output: str | None, others: Sequence[str]) -> None:
    if output is None and not others:
        return
    from pathlib import Path

    from abi3build.outputs import check_destination

    if output is not None:
        check_destination(Path(output), "--output")
    for other in others:
        check_destination(Path(other), "--also")


def _deliver(outcome: Outcome, output: str | None, others: Sequence[str]) -> None:
    _write_files(outcome, output, others)
    if output is None:
        # Last: the reader of a pipe may leave, and the files must be there.
        sys.stdout.write(outcome.text)
        sys.stdout.flush()


def _write_files(outcome: Outcome, output: str | None, others: Sequence[str]) -> None:
    if output is None and not others:
        return
    from pathlib import Path

    from abi3build.outputs import write_whole

    if output is not None:
        write_whole(Path(output), outcome.text, "--output")
    for other, text in zip(others, outcome.documents):
        write_whole(Path(other), text, "--also")


def _report_error(error: Abi3BuildError, options: argparse.Namespace) -> int:
    for line in error.lines:
        _say(f"abi3build: error: {line}")
    from abi3build.reports.forms import FORMATS_WITHOUT_FAULTS, TEXT

    name = getattr(options, "format", TEXT)
    if name not in FORMATS_WITHOUT_FAULTS:
        sys.stdout.write(_error_document(name, error, options))
    return error.exit_status


def _error_document(
    name: str, error: Abi3BuildError, options: argparse.Namespace
) -> str:
    own = getattr(options, "error_document", None)
    if own is not None:
        return str(own(error.lines))
    from abi3build.reports.forms import AuditRun, render

    return render(name, AuditRun(faults=error.lines))


def _say(line: str) -> None:
    sys.stdout.flush()
    print(printable(line), file=sys.stderr, flush=True)  # noqa: T201 - the edge prints


def _allow_any_name() -> None:
    """Let no console end a report because it cannot show a file's name."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _stop_writing() -> int:
    """Go quietly when the reader of a pipe, such as ``head``, has enough.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
