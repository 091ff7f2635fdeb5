#!/usr/bin/env python3
"""Write docs/commands.md from the parser of the command line.

The help of each argument is the only place where it is described.  With ``--check``
nothing is written and the exit status tells whether the page is what would be written.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from abi3build.commands import COMMANDS, build_parser
from generated_files import write_or_compare

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main", "options_text", "page", "parser_of", "usage_of"]

_HEAD = (
    "<!-- Written by tools/generate_command_page.py from src/abi3build/commands: change"
    " those, then run it. -->\n\n"
    """\
# The command line

`abi3build COMMAND --help` prints the same in a terminal. Results go to standard output
or to the file of `--output`, notes and errors to standard error.

| exit status | meaning |
|---|---|
| 0 | every promise is kept |
| 1 | at least one finding of severity error |
| 2 | wrong usage or settings |
| 3 | unreadable input, or nothing to audit |
"""
)
_FURTHER = {
    "audit": "[the report](report.md), [published wheels](published-wheels.md)",
    "check": "[settings](settings.md), [pre-commit](pipelines.md#pre-commit)",
    "cost": "[Measure what abi3 costs](cost.md)",
    "explain": "[all rules](rules.md)",
    "import-library": "[Windows](windows.md#an-import-library-without-a-python)",
    "init": "[the first hour, step by step](tutorials/c-extension.md)",
    "try": "[Trying a wheel](trying.md)",
}
"""Where a page says more."""


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it; return the exit status."""
    return write_or_compare(
        "generate_command_page.py", {"docs/commands.md": page()}, arguments
    )


def page() -> str:
    """Return the page in Markdown: each command with what it takes."""
    return "\n".join([_HEAD, *(line for name in COMMANDS for line in _command(name))])


def _command(name: str) -> Iterator[str]:
    parser = parser_of(name)
    summary = COMMANDS[name]
    yield f"## `abi3build {name}`\n"
    yield f"{summary[0].upper()}{summary[1:]}.\n"
    yield f"```text\n{usage_of(name, parser)}\n```\n"
    shown = [each for each in parser._actions if each.help != argparse.SUPPRESS]  # noqa: SLF001 - argparse has no other list
    rows = [row for each in shown if each.dest != "help" for row in _row(each)]
    if rows:
        yield "| argument | what it does |\n|---|---|"
        yield from rows
        yield ""
    if parser.epilog:
        yield f"```text\n{parser.epilog.strip()}\n```\n"
    if name in _FURTHER:
        yield f"See {_FURTHER[name]}.\n"


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command."""
    whole = build_parser((name,))
    for action in whole._actions:  # noqa: SLF001 - argparse has no other list
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            parser: argparse.ArgumentParser = action.choices[name]
            return parser
    message = f"the parser has no command {name}"
    raise LookupError(message)


def usage_of(name: str, parser: argparse.ArgumentParser) -> str:
    """Return the command with what stands behind it, in one line."""
    positional = [
        _repeated(each, each.metavar or each.dest.upper())
        for each in parser._actions  # noqa: SLF001
        if not each.option_strings
    ]
    return " ".join(["abi3build", name, "[OPTION]...", *positional])


def _repeated(action: argparse.Action, name: object) -> str:
    forms = {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} [{name} ...]"}
    return forms.get(str(action.nargs), str(name))


def options_text(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield the names of each argument, with its value, and what it does."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list
        if action.help != argparse.SUPPRESS and action.dest != "help":
            value = _value(action)
            names = ", ".join(action.option_strings)
            yield f"{names} {value}".strip(), _sentence(action)


def _row(action: argparse.Action) -> Iterator[str]:
    names = ", ".join(f"`{each}`" for each in action.option_strings)
    value = _value(action)
    if value:
        names = f"{names} `{value}`" if names else f"`{value}`"
    yield f"| {names} | {_literal(_sentence(action))} |"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    return str(action.metavar or action.dest.upper().replace("_", "-"))


def _sentence(action: argparse.Action) -> str:
    text = " ".join((action.help or "").split()) % {
        "default": action.default,
        "prog": "abi3build",
    }
    if action.choices and not all(str(each) in text for each in action.choices):
        marked = (f"`{each}`" for each in action.choices)
        listed = ", ".join(marked)
        text = f"{text}: {listed}" if text else f"one of {listed}"
    return f"{text[0].upper()}{text[1:]}" if text else ""


def _literal(text: str) -> str:
    """Return text for a cell of a table; options in it are set as code."""
    escaped = text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")
    return re.sub(r"(?<![\w`-])(--[a-z][a-z-]+)", r"`\1`", escaped)


if __name__ == "__main__":
    sys.exit(main())
