"""Print a user's own words safely, and guess which known word was meant."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["as_message", "nearest", "on_one_line", "printable", "spelled_out"]

_Value = TypeVar("_Value")


def printable(text: str) -> str:
    """Escape every character that is not printable, except line endings.

    Names in wheels and symbol tables may contain any character, including escape
    sequences.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def on_one_line(text: str) -> str:
    """Return a text without line endings and without commands of a CI service.

    GitHub's runner recognizes ``::`` at the start of a line, even after spaces, and
    ``##[`` anywhere; the commands of Azure and TeamCity begin with ``##`` too:
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    shown = printable(text)
    if "\n" in shown:
        shown = shown.replace("\n", "\\n")
    if "##" in shown:
        shown = shown.replace("##", "\\x23#")
    if shown.lstrip().startswith("::"):
        shown = shown.replace("::", "\\x3a:", 1)
    return shown


def as_message(text: str) -> str:
    """Return a message in which no value can start a line or act as a command.

    Details follow the first line, indented.  Any other line ending is part of a value,
    such as the path of a file in a foreign folder.
    """
    first, *details = text.split("\n  ")
    return "\n".join(map(on_one_line, [first, *(f"  {line}" for line in details)]))


def spelled_out(value: _Value) -> _Value:
    """Return a value made of tuples and texts, with each text on one line.

    Once a name is part of a report, its line endings cannot be told from the report's.
    """
    made: object = value
    if isinstance(value, str):
        made = on_one_line(value)
    elif isinstance(value, (tuple, frozenset)):
        parts = [(part, spelled_out(part)) for part in value]
        if any(new is not old for old, new in parts):
            make = getattr(type(value), "_make", type(value))
            made = make(new for _, new in parts)
    return made  # type: ignore[return-value] # it is of the same type


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to a misspelt one; None if none is."""
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
