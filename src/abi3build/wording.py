"""Say a user's own words safely, and guess which known one was meant."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest", "printable"]


def printable(text: str) -> str:
    """Spell out every character that is not for printing, but for the ends of lines.

    Names in wheels and symbol tables may hold any character, escape sequences too.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that a misspelt one most likely means, else None."""
    # It is needed for mistakes alone, and loads longer than a small wheel is read.
    from difflib import get_close_matches

    by_lower_case = {choice.lower(): choice for choice in known}
    # What all of them begin with says nothing: ABI3BUILD_X is not near to anything.
    shared = _shared_length([word.lower(), *by_lower_case])
    ends = {choice[shared:]: choice for choice in by_lower_case}
    matches = get_close_matches(word.lower()[shared:], ends, n=1)
    return by_lower_case[ends[matches[0]]] if matches else None


def _shared_length(words: Iterable[str]) -> int:
    columns = zip(*words)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
