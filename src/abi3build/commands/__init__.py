"""The subcommands: each adds its arguments and turns them into an outcome.

None of them is loaded for the help that lists them.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from abi3build import __version__
from abi3build.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import NoReturn, TextIO

__all__ = ["COMMANDS", "Outcome", "Progress", "build_parser", "options_of"]

_DESCRIPTION = "Check and explain CPython stable-ABI (abi3) wheels."
_COLUMNS = 80
_EPILOG = """\
exit status:
  0  every promise is kept
  1  at least one finding of severity error
  2  wrong usage or settings
  3  unreadable input, or nothing to audit
"""


_TITLES: dict[str, Any] = {"title": "commands", "metavar": "COMMAND", "required": True}


class Outcome(NamedTuple):
    """Hold a command's result; only the command line prints it."""

    text: str
    """What goes to standard output, complete with its last newline."""

    status: int = 0
    notes: tuple[str, ...] = ()
    """Lines for standard error."""

    documents: tuple[str, ...] = ()
    """What goes to the files of ``--also``, in their order."""


class Progress:
    """Report on standard error what has ended and how many; erase the count at the end.

    A terminal gets both.  Elsewhere only named items get a line each, if ``named``
    requests that.
    """

    def __init__(
        self,
        total: int,
        stream: TextIO | None = None,
        done: str = "audited",
        *,
        named: bool = False,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._total = total
        self._done = done
        self._finished = 0
        self._width = 0
        self._is_named = named or self._stream.isatty()
        self._is_counted = total > 1 and self._stream.isatty()

    def advance(self, name: str = "", seconds: float = 0.0) -> None:
        """Count one more, and name it with the time that it took."""
        self._finished += 1
        if name and self._is_named:
            if self._width:
                self._count("")
            self._stream.write(f"abi3build: {name}, {seconds:.1f} s\n")
            self._stream.flush()
        self._count(f"abi3build: {self._finished} of {self._total} {self._done}")

    def finish(self) -> None:
        """Erase the count."""
        self._count("")

    def _count(self, text: str) -> None:
        if not self._is_counted:
            return
        # Spaces, for consoles that know no escape sequence.
        self._stream.write(f"\r{text:<{self._width}}" + ("" if text else "\r"))
        self._stream.flush()
        self._width = len(text)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Ask the system for the terminal's width, as argparse does, without ``shutil``.

    That module loads the code that reads archives, which takes longer than the help
    itself.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    if sys.version_info[:2] == (3, 14):

        def _set_color(self, color: bool) -> None:  # noqa: FBT001 - as argparse has it
            """Draw parts that are not to be colored without colors.

            Only 3.14 loads its colors even then, which takes as long as everything
            else: https://github.com/python/cpython/blob/3.14/Lib/argparse.py
            """
            if color and _may_be_colored():
                super()._set_color(color)
            else:
                self._theme = _Colorless()
                self._decolor = str


class _Colorless:
    """Return no color for the beginning and end of each part of a help page."""

    def __getattr__(self, name: str) -> str:
        return ""


def _columns() -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(1).columns or _COLUMNS
    except OSError:
        # Without a terminal, or without standard output at all.
        return _COLUMNS


def _may_be_colored() -> bool:
    """Tell whether argparse may look up the colors of help, from Python 3.14 on.

    That alone takes as long as everything else, and a pipe gets no colors anyway.
    """
    forced = bool(os.environ.get("FORCE_COLOR"))
    return forced or (sys.stdout is not None and sys.stdout.isatty())


COMMANDS = {
    "init": "set up a project for the stable ABI, based on its files",
    "audit": "check wheels and extension files against the stable ABI they promise",
    "floor": "find the lowest floor that files allow, and what prevents a lower one",
    "symbol": "show since when a C API name has been stable, and what to use instead",
    "explain": "explain what a rule finds, why it matters and what to do",
    "show": "show the effective settings and what this interpreter would build",
    "check": "check the settings of projects, for use in a pre-commit hook",
    "try": "install, import and test wheels on every Python found",
    "port": "show what keeps a source tree from the stable ABI, and fix some of it",
    "import-library": "write the import library of python3.dll, limited to a floor",
    "cost": "measure what the stable ABI costs on a project's own code",
    "completion": "write a script that lets a shell complete this command",
}
"""By its name, what each command does.

None is loaded for the help that lists them.
"""


class _OneLineParser(argparse.ArgumentParser):
    """Say what is wrong with a command line in one line, as all other faults are."""

    def error(self, message: str) -> NoReturn:
        """Raise ``UsageError`` that begins with the command and the argument."""
        command = self.prog.partition(" ")[2]
        what = _as_expectation(message.replace("argument ", "", 1))
        step = "" if "did you mean" in what else f": {self.prog} --help says more"
        raise UsageError(f"{command}: {what}{step}" if command else f"{what}{step}")


def _as_expectation(message: str) -> str:
    """Say which choices there are as other faults do; Pythons differ in the quotes."""
    begin, found, end = message.partition("invalid choice: ")
    given, _, choices = end.partition(" (choose from ")
    if not found or not choices:
        return message
    from abi3build.wording import nearest

    known = [choice.strip("'") for choice in choices.rstrip(")").split(", ")]
    # Python 3.15 has an advice of its own there.
    word = given.partition(", maybe you meant")[0].strip("'")
    meant = nearest(word, known)
    tip = f', did you mean "{meant}"?' if meant else ""
    return f'{begin}expected {", ".join(known)}, got "{word}"{tip}'


def _load_command(name: str) -> ModuleType:
    """Load a command's module, which has ``add_arguments`` and ``run``."""
    from importlib import import_module

    module = name.replace("-", "_")
    # A keyword cannot be a module's name.
    return import_module(f"{__name__}.{'try_wheels' if module == 'try' else module}")


def build_parser(commands: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Build the parser of the command line.

    If commands are named, it has only those, with their arguments.  Without a name, it
    has the summary of every command but no arguments, which are not shown and take time
    to add.
    """
    parser = _OneLineParser(
        prog="abi3build",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    parser.color = _may_be_colored()  # type: ignore[attr-defined,unused-ignore] # new in 3.14
    parser.add_argument(
        "-V", "--version", action="version", version=f"abi3build {__version__}"
    )
    if commands:
        _add_commands(parser, commands)
    else:
        _list_commands(parser)
    return parser


def _add_commands(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    added = parser.add_subparsers(**_TITLES)
    for name in names:
        command = added.add_parser(
            name,
            help=COMMANDS[name],
            description=COMMANDS[name],
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
        )
        command.color = parser.color  # type: ignore[attr-defined,unused-ignore] # new in 3.14
        module = _load_command(name)
        module.add_arguments(command)
        command.set_defaults(run=module.run)


def _list_commands(parser: argparse.ArgumentParser) -> None:
    # To make a parser for each, which nothing asks, would take most of the help's time.
    titles = {**_TITLES, "parser_class": lambda **_: parser}
    listed = parser.add_subparsers(**titles)
    for name, summary in COMMANDS.items():
        listed.add_parser(name, help=summary)


def options_of(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """Return the options of the commands whose arguments a parser has."""
    return tuple(
        name
        for action in parser._actions  # noqa: SLF001 - argparse has no other list
        if isinstance(action.choices, dict)
        for command in action.choices.values()
        for each in command._actions  # noqa: SLF001 - the same
        for name in each.option_strings
    )
