#!/usr/bin/env python3
"""Write docs/abi3build.1, the page of ``man abi3build``, from the parser.

With ``--check`` nothing is written and the exit status tells whether the page is what
would be written.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.commands import COMMANDS, build_parser
from generate_command_page import options_text, parser_of, usage_of
from generated_files import write_or_compare

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main", "page"]

_NAME = "abi3build"


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it; return the exit status."""
    return write_or_compare(
        "generate_man_page.py", {"docs/abi3build.1": page()}, arguments
    )


def page() -> str:
    """Return the page in the macros of man(7)."""
    whole = build_parser()
    lines = [
        '.\\" Written by tools/generate_man_page.py: change the parser, then run it.',
        f'.TH ABI3BUILD 1 "" "{_NAME} {__version__}" "User Commands"',
        ".SH NAME",
        f"{_NAME} \\- build and check wheels for CPython's stable ABI",
        ".SH SYNOPSIS",
        f".B {_NAME}",
        ".I COMMAND",
        "[\\fIOPTION\\fR]...",
        ".SH DESCRIPTION",
        _roff(str(whole.description)),
        ".SH COMMANDS",
        *(line for name in COMMANDS for line in _command(name)),
        ".SH EXIT STATUS",
        *_statuses(str(whole.epilog)),
        ".SH SEE ALSO",
        "https://github.com/abi3build/abi3build/tree/main/docs",
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(name: str) -> Iterator[str]:
    parser = parser_of(name)
    summary = COMMANDS[name]
    yield f".SS {_roff(usage_of(name, parser))}"
    yield _roff(f"{summary[0].upper()}{summary[1:]}.")
    for names, text in options_text(parser):
        yield ".TP"
        yield f"\\fB{_roff(names)}\\fR"
        yield _roff(text or "See the documentation.")
    if parser.epilog:
        yield from (
            ".PP",
            ".nf",
            *map(_roff, parser.epilog.strip().splitlines()),
            ".fi",
        )


def _statuses(epilog: str) -> Iterator[str]:
    for number, meaning in re.findall(r"^ +(\d)  (.*)$", epilog, re.MULTILINE):
        yield ".TP"
        yield f"\\fB{number}\\fR"
        yield _roff(meaning)


def _roff(text: str) -> str:
    """Return text without what roff would take for a command or a minus sign."""
    escaped = (
        text.replace("`", "")
        .replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
    )
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


if __name__ == "__main__":
    sys.exit(main())
