"""What was found about each difference between headers, as people judged it.

The data beside this module, ``judgements.txt``, is written by hand: a line of a verdict
and the names that it is about, and under it, indented, what happens and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["VERDICTS", "Judgement", "read_judgements"]

VERDICTS = {
    "repaired": "abi3build's `Python.h` sets it right in every build that reads it.",
    "found": "What it leads to is found in the binary, by the rule that is named.",
    "costs": "It is right on every Python of the floor, at a price.",
    "same": "It comes to the same.",
}
"""What a verdict means, in the order of the page."""

_DATA = Path(__file__).with_name("judgements.txt")


class Judgement(NamedTuple):
    """Say what comes of one difference, or of several of one kind."""

    verdict: str
    names: tuple[str, ...]
    text: str


def read_judgements(text: str | None = None) -> tuple[int, list[Judgement]]:
    """Return the newest minor version that was judged, and the judgements in order."""
    lines = (_DATA.read_text(encoding="utf-8") if text is None else text).splitlines()
    through, found = 0, list[Judgement]()
    for line in lines:
        if line.startswith("    ") and found:
            last = found[-1]
            found[-1] = last._replace(text=f"{last.text} {line.strip()}".strip())
        elif line.startswith("through 3."):
            through = int(line.rpartition(".")[2])
        elif line and not line.startswith("#"):
            verdict, *names = line.split()
            found.append(Judgement(verdict, tuple(names), ""))
    return through, found
