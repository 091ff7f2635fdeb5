"""Keep what strangers wrote into names from acting on a terminal."""

from __future__ import annotations

__all__ = ["printable"]


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
