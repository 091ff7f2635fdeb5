"""Guess which known word a user meant."""

from __future__ import annotations

from difflib import get_close_matches
from os.path import commonprefix
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that a misspelt one most likely means, else None."""
    by_lower_case = {choice.lower(): choice for choice in known}
    # What all of them begin with says nothing: ABI3BUILD_X is not near to anything.
    shared = len(commonprefix([word.lower(), *by_lower_case]))  # noqa: RUF071
    ends = {choice[shared:]: choice for choice in by_lower_case}
    matches = get_close_matches(word.lower()[shared:], ends, n=1)
    return by_lower_case[ends[matches[0]]] if matches else None
