"""What each difference between headers means, as judged by people.

The data beside this module, ``judgements.txt``, is written by hand: a line contains a
verdict and the names that it is about; the indented text below says what and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["VERDICTS", "Judgement", "read_judgements"]

VERDICTS = {
    "repaired": "abi3build's `Python.h` corrects it in every build that reads it.",
    "found": "The named rule finds the effect in the binary.",
    "costs": "It works on every Python from the floor on, at a cost.",
    "same": "The difference has no effect.",
}
"""What a verdict means, in the order of the page."""

_DATA = Path(__file__).with_name("judgements.txt")


class Judgement(NamedTuple):
    """Describe the effect of one difference, or of several of the same kind."""

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
