"""Guess which known word a user meant."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import takewhile

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that a misspelt one most likely means, else None."""
    by_lower_case = {choice.lower(): choice for choice in known}
    # What all of them begin with says nothing: ABI3BUILD_X is not near to anything.
    shared = _shared_length([word.lower(), *by_lower_case])
    ends = {choice[shared:]: choice for choice in by_lower_case}
    matches = get_close_matches(word.lower()[shared:], ends, n=1)
    return by_lower_case[ends[matches[0]]] if matches else None


def _shared_length(words: Iterable[str]) -> int:
    columns = zip(*words)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
