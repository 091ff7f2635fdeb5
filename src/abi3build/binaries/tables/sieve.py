"""Find the few words of a table that can matter, without a step of Python for each.

A byte of every word, taken with a stride, is a string; ``bytes.translate`` marks those
that are allowed, and the marks of several bytes meet as one large number.  A megabyte
takes a fifth of a millisecond for each byte that is looked at.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from abi3build.binaries.window import Window

__all__ = ["words_beginning", "words_with"]


def words_with(
    body: Window, size: int, allowed: Mapping[int, Collection[int]]
) -> Iterator[int]:
    """Give the number of each word of some bytes that has only what is allowed.

    Allowed are, by the place of a byte in the word, at least one, its values.
    """
    count = body.size // size
    end = body.start + count * size
    left = -1
    for place, values in allowed.items():
        marks = bytearray(256)
        for value in values:
            marks[value] = 1
        column = body.data[body.start + place : end : size].translate(marks)
        left &= int.from_bytes(column, "little")
    found = left.to_bytes(count, "little")
    number = found.find(1)
    while number >= 0:
        yield number
        number = found.find(1, number + 1)


def words_beginning(body: Window, size: int, words: bytes) -> Iterator[int]:
    """Give the number of each word of some bytes at which certain words begin.

    They have a byte other than zero.  The bytes in its place in all of them are looked
    for in the column of such bytes, which is short.
    """
    place = next(place for place, byte in enumerate(words) if byte) % size
    end = body.start + body.size // size * size
    column, wanted = body.data[body.start + place : end : size], words[place::size]
    number = column.find(wanted)
    while number >= 0:
        if body.data.startswith(words, body.start + size * number):
            yield number
        number = column.find(wanted, number + 1)
