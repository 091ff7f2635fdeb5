"""Read from pages in Markdown what a test can run: files, changes and sessions.

A comment in front of a block says what the block is; readers of the page do not see it:

- ``<!-- run -->``: a session that goes on where the page's last one ended;
- ``<!-- run in FOLDER -->``: one in a copy of that folder of the checkout;
- ``<!-- file NAME -->``: a file to write there;
- ``<!-- apply -->``: a change to apply there;
- ``<!-- not run: WHY -->``: a session that no test can run, as in ``NOT_RUN``.

Between ``run`` and ``in``, in this order:

- ``seldom``: it takes long, so only ``nox -s sessions`` runs it;
- ``online``: it asks the package index, and is as seldom;
- ``to failure``: its last command fails, as the page shows;
- ``for its status``: the page does not show what it prints;
- ``with 3.9, 3.13t``: these are the Pythons of the machine.

A comment whose first line is ``<!-- prepare``, with the same words as ``run``,
holds the commands that make what readers of the page already have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from workbench.kits import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BEGIN_WITH_INSTALLING",
    "NOT_RUN",
    "PAGES",
    "Block",
    "Command",
    "Order",
    "blocks_of",
    "commands_of",
    "difference",
    "order_of",
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

NOT_RUN = {
    "it needs macOS": 2,
    "it needs Docker, for cibuildwheel's containers": 1,
    "it is the tests themselves": 1,
}
"""The only reasons not to run a session, and how many sessions have each."""

_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*?) -->\n+)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"|^<!-- (?P<unseen>prepare[^\n]*)\n(?P<script>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
_ORDER = re.compile(
    r"(?P<kind>run|prepare)(?P<seldom> seldom)?(?P<online> online)?"
    r"(?P<fails> to failure)?(?P<unsaid> for its status)?"
    r"(?: with (?P<pythons>3\.\d+[td]?(?:, 3\.\d+[td]?)*))?(?: in (?P<folder>\S+))?"
)
_PROMPT = "$ "
_LEFT_OUT = "..."
_CHANGING = (
    (re.compile(r"CPython 3\.\d+"), "CPython 3.X"),
    (re.compile(r"^( +3\.\d+)\.\d+(?=[td]? )"), r"\1.X"),
    (re.compile(r"(?<=\S) {3,}(?=\S)"), "  "),
    (re.compile(r"\b(Python 3\.\d+)\.\d+\b"), r"\1.X"),
    (re.compile(r" {2,}\d+\.\d$"), " SECONDS"),
    (re.compile(r"\d+\.\d+ ?s\b"), "SECONDS"),
    (re.compile(r"\b(\w*linux)_\w+?(?=\.whl|\b)"), "PLATFORM"),
    (re.compile(r"\b0x[0-9a-f]+\b(?= in |\))"), "ADDRESS"),
)
"""What depends on the machine: the Python that builds, times, the platform and where
code is in a file."""


class Block(NamedTuple):
    """Hold one block of a page and the comment in front of it."""

    line: int
    """Where it begins in the page, from 1 on."""

    mark: str
    """The text of the comment; empty if there is none."""

    language: str
    text: str


class Order(NamedTuple):
    """Hold what the mark of a block says about running it."""

    kind: str
    """``run`` or ``prepare``."""

    seldom: bool
    online: bool
    fails: bool
    """True if the last command of the block fails."""

    is_unsaid: bool
    """True if the page does not say what the commands print."""

    pythons: tuple[str, ...]
    """The labels of the Pythons that are found; empty for the one that runs."""

    folder: str
    """What to begin with a copy of; empty to go on."""


class Command(NamedTuple):
    """Hold one command of a session and the lines that it is said to print."""

    words: str
    output: tuple[str, ...]


def blocks_of(page: str) -> Iterator[Block]:
    """Yield each fenced block of a page, from top to bottom."""
    for match in _BLOCK.finditer(page):
        if match["unseen"]:
            line = page.count("\n", 0, match.start()) + 1
            yield Block(line, match["unseen"], "", match["script"])
        else:
            line = page.count("\n", 0, match.start("language")) + 1
            yield Block(line, match["mark"] or "", match["language"], match["text"])


def order_of(mark: str) -> Order | None:
    """Return what a mark says about running its block; None if it is for no session."""
    match = _ORDER.fullmatch(mark)
    if match is None:
        return None
    online = bool(match["online"])
    return Order(
        match["kind"],
        online or bool(match["seldom"]),
        online,
        bool(match["fails"]),
        bool(match["unsaid"]),
        tuple((match["pythons"] or "").split(", ")) if match["pythons"] else (),
        match["folder"] or "",
    )


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
