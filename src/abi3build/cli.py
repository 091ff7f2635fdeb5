"""The command line: outside a build, the only place that prints results or exits.

Each subcommand is a module of ``abi3build.commands`` that adds its arguments and
imports what it needs when it runs: ``--help`` and ``--version`` load no reader, and
almost nothing that the interpreter has not loaded already.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from abi3build.commands import COMMANDS, build_parser, options_of
from abi3build.errors import Abi3BuildError, UsageError
from abi3build.wording import as_message

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from abi3build.commands import Outcome

__all__ = ["main"]

_INTERRUPTED = 130
_STANDARD_OUTPUT = "-"
_WITHOUT_COMMAND = ("-h", "--help", "-V", "--version")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Results go to standard output or to the file of ``--output``, errors and notes to
    standard error.
    """
    _allow_any_name()
    given = _as_commands(sys.argv[1:] if arguments is None else list(arguments))
    try:
        options = _parse(given)
    except UsageError as error:
        _say(f"abi3build: error: {error}")
        return error.exit_status
    except SystemExit as end:
        # argparse has written help, which may still be in the buffer of a full disk.
        return _run_or_say_why_not(None, int(end.code or 0))
    return _run_or_say_why_not(options)


def _run_or_say_why_not(options: argparse.Namespace | None, status: int = 0) -> int:
    try:
        return _flush(status) if options is None else _run(options)
    except Abi3BuildError as error:
        return _report_error(error, options)
    except BrokenPipeError:
        return _stop_writing()
    except KeyboardInterrupt:
        _say("abi3build: error: interrupted")
        return _INTERRUPTED


def _as_commands(given: list[str]) -> list[str]:
    """Return the arguments with ``help audit`` turned into ``audit --help``."""
    if not given:
        return ["--help"]
    if given[0] == "help":
        return [*given[1:2], "--help"]
    return given


def _parse(given: list[str]) -> argparse.Namespace:
    """Return the options of a command line, or raise ``UsageError``."""
    name, *_ = given
    if name in COMMANDS:
        parser = build_parser((name,))
        known = options_of(parser)
        try:
            options, unknown = parser.parse_known_args(given)
        except UsageError:
            # What seems to be missing may be there, but misspelt.
            misspelt = _no_options(given, known)
            if not misspelt:
                raise
            raise _unknown_option(misspelt[0], known, name) from None
        if unknown:
            raise _unknown_option(unknown[0], known, name)
        return options
    if name in _WITHOUT_COMMAND:
        return build_parser().parse_args(given)
    if name.startswith("-"):
        raise _unknown_option(name, _WITHOUT_COMMAND)
    from abi3build.wording import nearest

    meant = nearest(name, COMMANDS)
    tip = f', did you mean "{meant}"?' if meant else ": abi3build --help lists them"
    message = f"{name}: no such command{tip}"
    raise UsageError(message)


def _no_options(given: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the words that look like options and are none."""
    return [
        word
        for word in given
        if word.startswith("--") and word.partition("=")[0] not in (*known, "--")
    ]


def _unknown_option(word: str, known: Sequence[str], command: str = "") -> UsageError:
    name = word.partition("=")[0]
    what = "no such option" if name.startswith("-") else "one argument too many"
    place = f"{command}: " if command else ""
    return UsageError(f"{place}{name}: {what}{_tip(name, known, command)}")


def _tip(name: str, known: Sequence[str], command: str) -> str:
    """Say which option was probably meant, or which command has this option."""
    from abi3build.wording import nearest

    owners = [
        each
        for each in COMMANDS
        if name.startswith("--") and name in options_of(build_parser((each,)))
    ]
    if command and owners:
        return f", it is one of {', '.join(owners)}"
    meant = nearest(name, known)
    if meant:
        return f', did you mean "{meant}"?'
    return (
        f": {' '.join(filter(None, ('abi3build', command)))} --help lists what there is"
    )


def _run(options: argparse.Namespace) -> int:
    output = getattr(options, "output", None)
    output = None if output == _STANDARD_OUTPUT else output
    also = getattr(options, "also", ())
    _check_destinations(output, [path for _, path in also])
    outcome: Outcome = options.run(options)
    for line in outcome.notes:
        _say(line)
    # A file first: the reader of a pipe may leave, and the files must be there.
    _write_files(outcome, output, [path for _, path in also])
    if output is None:
        _print(outcome.text, options)
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


def _write_files(outcome: Outcome, output: str | None, others: Sequence[str]) -> None:
    if output is None and not others:
        return
    from pathlib import Path

    from abi3build.outputs import write_whole

    if output is not None:
        write_whole(Path(output), outcome.text, "--output")
    for other, text in zip(others, outcome.documents):
        write_whole(Path(other), text, "--also")


def _report_error(error: Abi3BuildError, options: argparse.Namespace | None) -> int:
    for line in error.lines:
        _say(f"abi3build: error: {line}")
    # No one reads standard output if the result was to go to a file.
    is_read = getattr(options, "output", None) in {None, _STANDARD_OUTPUT}
    # Each command describes its own documents; one of the audit would mislead.
    document = getattr(options, "error_document", None)
    if document is not None and is_read and sys.stdout is not None:
        _print(document(getattr(options, "format", ""), error.lines))
    return error.exit_status


def _print(text: str, options: argparse.Namespace | None = None) -> None:
    """Write a result to standard output, or raise ``UsageError`` if it cannot be."""
    has_output = hasattr(options, "output")
    if sys.stdout is None:
        other = ", or write to a file with --output" if has_output else ""
        message = f"standard output is closed: open it{other}"
        raise UsageError(message)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        # What is left in its buffer would fail once more when the interpreter ends.
        _stop_writing()
        step = "write to a file with --output" if has_output else "send it elsewhere"
        message = f"standard output: {fault.strerror}: {step}"
        raise UsageError(message) from None


def _flush(status: int) -> int:
    if sys.stdout is not None:
        _print("")
    return status


def _say(line: str) -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
    print(as_message(line), file=sys.stderr, flush=True)  # noqa: T201 - the edge prints


def _allow_any_name() -> None:
    """Keep a console that cannot show a file's name from ending a report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _stop_writing() -> int:
    """Exit quietly if the reader of a pipe, such as ``head``, closes it.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
