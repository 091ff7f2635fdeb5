"""See an image as the loader maps it, with its pointers filled in.

Data that refers to data holds pointers, which the formats write down in different
ways: some in their place, some in a table of relocations beside it.
"""

from __future__ import annotations

import sys
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from abi3build.binaries.bytes_window import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = [
    "ELSEWHERE",
    "MappedPart",
    "Memory",
    "Pointers",
    "PointersInPlace",
    "aligned",
    "numbers",
    "words_beginning",
    "words_with",
]


def words_with(
    body: BytesWindow, size: int, allowed: Mapping[int, Collection[int]]
) -> Iterator[int]:
    """Return the number of each word of some bytes that has only what is allowed.

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


def words_beginning(body: BytesWindow, size: int, words: bytes) -> Iterator[int]:
    """Return the number of each word of some bytes at which certain words begin.

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


ELSEWHERE = -1
"""Where a pointer to another library's symbol points to."""

_MOST_PARTS = 96
"""No loader of Windows maps more sections; ELF and Mach-O images have about ten."""

_BEHIND_THE_FILE = 1 << 28
"""How much memory behind its last byte from the file an image may ask for."""

_LOW_BYTES = 4
"""Those of a pointer that no format uses for marks of its own."""


class MappedPart(NamedTuple):
    """Say where a part of the file is in memory."""

    address: int
    offset: int
    size: int
    is_code: bool = False
    """True if the processor may run it."""

    has_pointers: bool = False
    """True if the loader may fill pointers in."""

    is_constant: bool = False
    """True if there are constants, texts among them, and no code."""


class Pointers(Protocol):
    """Tell where the pointers of an image lead after loading."""

    def target(self, place: int) -> int | None:
        """Return the address in the pointer at an address.

        0 is a null pointer, ``ELSEWHERE`` one to another library, None not a pointer.
        """

    def is_filled_in(self, place: int) -> bool:
        """Tell whether the loader is known to write at an address."""

    def places(self, targets: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Return the address of each pointer that leads to one of some addresses.

        Each comes as its own address and the one that it leads to.
        """


class _Mapping(NamedTuple):
    """Say what the loader maps of a file."""

    window: BytesWindow
    parts: tuple[MappedPart, ...]
    is_64_bit: bool


class Memory(_Mapping):
    """See the file as the loader maps it."""

    def offset(self, address: int, size: int) -> int | None:
        """Return the place in the file of some bytes; None if it has not all."""
        for part in self.parts[:_MOST_PARTS]:
            if part.address <= address <= part.address + part.size - size:
                return part.offset + address - part.address
        return None

    def is_code(self, address: int) -> bool:
        """Tell whether the processor may run what is at an address."""
        return any(
            part.is_code and 0 <= address - part.address < part.size
            for part in self.parts[:_MOST_PARTS]
        )

    def holds(self, address: int) -> bool:
        """Tell whether an address may be the image's, memory beyond the file too."""
        return address in self._span

    @cached_property
    def _span(self) -> range:
        parts = self.parts[:_MOST_PARTS]
        lowest = min((part.address for part in parts), default=0)
        highest = max((part.address + part.size for part in parts), default=0)
        return range(lowest, highest + _BEHIND_THE_FILE)

    def pointer(self, address: int) -> int | None:
        """Return the pointer at an address as the file has it."""
        layout, size = ("Q", 8) if self.is_64_bit else ("I", 4)
        place = self.offset(address, size)
        if place is None:
            return None
        (value,) = self.window.row("pointers", layout, place)
        return int(value)

    def bodies(self, what: str) -> Iterator[tuple[MappedPart, BytesWindow]]:
        """Return the parts with the bytes of each, which count as read once."""
        for part in self.parts[:_MOST_PARTS]:
            body = self.window.part(what, part.offset, part.size)
            body.allowance.spend(what, part.size)
            yield part, body

    def only(self, wanted: Callable[[MappedPart], bool]) -> Memory:
        """Leave out the parts that are not wanted."""
        return self._replace(parts=tuple(filter(wanted, self.parts)))

    def with_pointers(self) -> Memory:
        """Leave out the parts in which the loader fills nothing in."""
        return self.only(lambda part: part.has_pointers)

    def with_own_allowance(self) -> Memory:
        """Return the same memory with a separate allowance for reads."""
        window = self.window
        return self._replace(
            window=window._replace(allowance=Allowance(len(window.data)))
        )


class PointersInPlace(NamedTuple):
    """Follow pointers whose value is where the pointer is."""

    memory: Memory
    base: int = 0
    """The address for which the values are right, if that of the image is 0."""

    mask: int = (1 << 64) - 1
    """The bits of a value that are its address."""

    elsewhere: int = 0
    """The bit of those that lead to other libraries."""

    def target(self, place: int) -> int | None:
        """Return the address in the pointer at an address; see ``Pointers``."""
        value = self.memory.pointer(place)
        if not value:
            return value
        if value & self.elsewhere:
            return ELSEWHERE
        target = (value & self.mask) - self.base
        return target if self.memory.holds(target) else None

    def is_filled_in(self, place: int) -> bool:  # noqa: ARG002 - nothing tells
        """Tell nothing: a value in its place may be a number as well."""
        return False

    def places(self, targets: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Return each pointer to some addresses with what it points to."""
        size = 8 if self.memory.is_64_bit else 4
        order = self.memory.window.order
        values = frozenset(target + self.base for target in targets)
        low_bytes = {
            digit if order == "little" else size - 1 - digit: {
                value >> 8 * digit & 0xFF for value in values
            }
            for digit in range(_LOW_BYTES)
        }
        for part, body in self.memory.with_pointers().bodies("pointers"):
            words = memoryview(body.data)[body.start : body.start + body.size]
            for number in words_with(body, size, low_bytes):
                place = size * number
                word = int.from_bytes(words[place : place + size], order)
                if word & self.mask in values and not word & self.elsewhere:
                    yield part.address + place, (word & self.mask) - self.base


def aligned(part: MappedPart, body: BytesWindow, size: int) -> BytesWindow:
    """Leave out what precedes the first word that is aligned in memory."""
    return body.rest("words", min(-part.address % size, body.size))


def numbers(body: BytesWindow, kind: str) -> array[int]:
    """Return the numbers that fill a window, as an array of the kind ``Q`` or ``I``."""
    found = array(kind)
    whole = body.size // found.itemsize * found.itemsize
    found.frombytes(memoryview(body.data)[body.start : body.start + whole])
    if (sys.byteorder == "little") != (body.byte_order == "<"):
        found.byteswap()
    return found
