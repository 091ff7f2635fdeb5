"""Read from pages in Markdown what a test can run: files, changes and sessions.

A comment in front of a block says what the block is; readers of the page do not see it:

- ``<!-- run in FOLDER -->``: a session in a copy of that folder of the checkout;
- ``<!-- run -->``: one that goes on where the page's last one ended;
- ``<!-- run to failure -->``: one whose last command fails, as the page shows;
- ``<!-- file NAME -->``: a file to write there;
- ``<!-- apply -->``: a change to apply there;
- ``<!-- not run: WHY -->``: a session that no test can run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from workbench.kits import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BEGIN_WITH_INSTALLING",
    "PAGES",
    "Block",
    "Command",
    "blocks_of",
    "commands_of",
    "difference",
]

PAGES = (
    "README.md",
    *sorted(
        page.relative_to(ROOT).as_posix()
        for page in (ROOT / "docs").rglob("*.md")
        if "_build" not in page.parts
        and "```console\n" in page.read_text(encoding="utf-8")
    ),
)
"""The pages of which every session is run, unless it says why not."""

BEGIN_WITH_INSTALLING = ("README.md", "docs/tutorials/")
"""How the names of pages begin whose first session installs abi3build; readers of the
others have it."""

_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*?) -->\n+)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PROMPT = "$ "
_LEFT_OUT = "..."
_CHANGING = (
    (re.compile(r"CPython 3\.\d+"), "CPython 3.X"),
    (re.compile(r"^( +3\.\d+)\.\d+(?= )"), r"\1.X"),
    (re.compile(r" {2,}\d+\.\d$"), " SECONDS"),
    (re.compile(r"\d+\.\d+ ?s\b"), "SECONDS"),
    (re.compile(r"\b(\w*linux)_\w+?(?=\.whl|\b)"), "PLATFORM"),
)
"""What depends on the machine: the Python that builds, times and the platform."""


class Block(NamedTuple):
    """Hold one block of a page and the comment in front of it."""

    line: int
    """Where it begins in the page, from 1 on."""

    mark: str
    """The text of the comment; empty if there is none."""

    language: str
    text: str


class Command(NamedTuple):
    """Hold one command of a session and the lines that it is said to print."""

    words: str
    output: tuple[str, ...]


def blocks_of(page: str) -> Iterator[Block]:
    """Yield each fenced block of a page, from top to bottom."""
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start("language")) + 1
        yield Block(line, match["mark"] or "", match["language"], match["text"])


def commands_of(session: str) -> list[Command]:
    """Return the commands of a session and what each prints.

    A command that ends with a backslash goes on in the next line.
    """
    commands: list[Command] = []
    lines = iter(session.splitlines())
    for line in lines:
        if line.startswith(_PROMPT):
            words = line[len(_PROMPT) :]
            while words.endswith("\\"):
                words = words[:-1] + next(lines).strip()
            commands.append(Command(words.partition("   # ")[0].strip(), ()))
        else:
            words, output = commands.pop()
            commands.append(Command(words, (*output, line)))
    return commands


def difference(said: tuple[str, ...], printed: str) -> str:
    """Return the first line that a command does not print as said; empty if none.

    A line ``...`` stands for any lines, and for none.  What is left out is left out up
    to the first line that fits.
    """
    actual = [_without_changing(line) for line in printed.splitlines()]
    position, may_skip = 0, False
    for line in said:
        if line.strip() == _LEFT_OUT:
            may_skip = True
            continue
        wanted = _without_changing(line)
        places = [
            at
            for at in range(position, len(actual) if may_skip else position + 1)
            if at < len(actual) and actual[at] == wanted
        ]
        if not places:
            return line
        position, may_skip = places[0] + 1, False
    if position < len(actual) and not may_skip:
        return f"and nothing after it, but it goes on: {actual[position]}"
    return ""


def _without_changing(line: str) -> str:
    line = line.rstrip()
    for pattern, name in _CHANGING:
        line = pattern.sub(name, line)
    return line
