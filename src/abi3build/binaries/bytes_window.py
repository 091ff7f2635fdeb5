"""Read numbers and names from bytes that cannot be trusted."""

from __future__ import annotations

import struct
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any, Literal

__all__ = ["Allowance", "BytesWindow", "open_window"]


_LONGEST_NAME = 0x10000
"""In bytes; the names of C++ and Rust reach some kilobytes."""

_LONGEST_NUMBER = 10
"""The bytes of a 64-bit number in ULEB128."""

_OBJECT_OVERHEAD = 128
"""What a name takes in memory besides its characters, in bytes, roughly."""

_READ_OVERHEAD = 32
"""What a single read takes of the time in which so many bytes are read, roughly."""

_ROWS_AT_ONCE = 1 << 16
"""Their first words become a list, which takes some megabytes."""

_ROWS_LOOKED_AHEAD = 16
"""How many rows are unpacked at once if their number is unknown."""

_NUMBERS_LOOKED_AHEAD = 128

_SPARE_BYTES = 4 << 20
"""What the allowance has beyond the file's size, for small files full of names."""


class Allowance:
    """Bound the work and the memory that one file can ask for.

    Tables and names may overlap, so a few megabytes can describe gigabytes of names or
    hours of walking.  An honest file needs each of its bytes about once; all reads
    together get little more than twice its size.
    """

    def __init__(self, file_size: int) -> None:
        self._bytes_left = 2 * file_size + _SPARE_BYTES

    def spend(self, what: str, cost: int) -> None:
        """Raise ``MalformedError`` if this read, in bytes, is too much."""
        self._bytes_left -= cost
        if self._bytes_left < 0:
            message = f"{what}: more than the file can contain"
            raise MalformedError(message)

    def keep(self, what: str, length: int) -> None:
        """Spend what one more name of this length takes in memory."""
        self.spend(what, length + _OBJECT_OVERHEAD)


class BytesWindow(NamedTuple):
    """Look at a stretch of a file that may be damaged or hostile.

    Offsets count from the window's start.  Every method takes first what is to be read
    and raises ``MalformedError`` with it if the window or the allowance ends first.
    """

    data: bytes
    """The whole file; windows share it."""

    byte_order: str
    """The mark of ``struct``: ``<`` or ``>``."""

    start: int
    size: int
    allowance: Allowance

    @property
    def order(self) -> Literal["little", "big"]:
        """Return the byte order as ``int.from_bytes`` names it."""
        return "little" if self.byte_order == "<" else "big"

    def part(self, what: str, offset: int, size: int) -> BytesWindow:
        """Return a window into this one."""
        self._require(what, offset, size)
        return self._replace(start=self.start + offset, size=size)

    def rest(self, what: str, offset: int) -> BytesWindow:
        """Return a window from an offset to the end of this one."""
        self._require(what, offset, 0)
        return self.part(what, offset, self.size - offset)

    def row(self, what: str, layout: str, offset: int) -> tuple[Any, ...]:
        """Unpack one row by a layout of ``struct`` without byte order."""
        layout = self.byte_order + layout
        size = struct.calcsize(layout)
        self._require(what, offset, size)
        self.allowance.spend(what, size + _READ_OVERHEAD)
        return struct.unpack_from(layout, self.data, self.start + offset)

    def rows(
        self, what: str, layout: str, offset: int, count: int
    ) -> Iterator[tuple[Any, ...]]:
        """Unpack a table of as many rows."""
        row = struct.Struct(self.byte_order + layout)
        self._require(what, offset, row.size * count)
        self.allowance.spend(what, row.size * count)
        start = self.start + offset
        return row.iter_unpack(memoryview(self.data)[start : start + row.size * count])

    def rows_beginning(
        self, what: str, layout: str, offset: int, count: int, words: Collection[int]
    ) -> Iterator[tuple[Any, ...]]:
        """Unpack those rows of a table whose first word, of 32 bits, is among some.

        The others cost a tenth of what it takes to unpack them.
        """
        numbered = self.numbered_rows_beginning(what, layout, offset, count, words)
        return (row for _, row in numbered)

    def numbered_rows_beginning(
        self, what: str, layout: str, offset: int, count: int, words: Collection[int]
    ) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield those rows with their numbers, which begin with 0."""
        row = struct.Struct(self.byte_order + layout)
        self._require(what, offset, row.size * count)
        self.allowance.spend(what, row.size * count)
        wanted = self._native(words)
        for first in range(0, count, _ROWS_AT_ONCE):
            start = self.start + offset + first * row.size
            size = min(_ROWS_AT_ONCE, count - first) * row.size
            part = memoryview(self.data)[start : start + size]
            # A cast reads words in the byte order of this machine only, hence
            # _native(): https://docs.python.org/3/library/stdtypes.html#memoryview.cast
            found = part.cast("I")[:: row.size // 4].tolist()
            places = compress(range(0, size, row.size), map(wanted.__contains__, found))
            for place in places:
                yield first + place // row.size, row.unpack_from(part, place)

    def marked_rows(
        self, what: str, layout: str, offset: int, marks: bytes
    ) -> Iterator[tuple[Any, ...]]:
        """Unpack those rows of a table whose mark, a byte for each, is 1."""
        row = struct.Struct(self.byte_order + layout)
        self._require(what, offset, row.size * len(marks))
        number = marks.find(1)
        while number >= 0:
            self.allowance.spend(what, row.size + _READ_OVERHEAD)
            place = self.start + offset + number * row.size
            yield row.unpack_from(self.data, place)
            number = marks.find(1, number + 1)

    def column(
        self, what: str, layout: str, offset: int, count: int, place: int
    ) -> bytes:
        """Return one byte of each row of a table, by its place in the row."""
        size = struct.calcsize(self.byte_order + layout)
        self._require(what, offset, size * count)
        self.allowance.spend(what, count)
        start = self.start + offset
        return self.data[start + place : start + size * count : size]

    def rows_from(
        self, what: str, layout: str, offset: int
    ) -> Iterator[tuple[Any, ...]]:
        """Unpack a table whose end only its reader knows."""
        row = struct.Struct(self.byte_order + layout)
        while True:
            self._require(what, offset, row.size)
            count = min(_ROWS_LOOKED_AHEAD, (self.size - offset) // row.size)
            yield from self.rows(what, layout, offset, count)
            self.allowance.spend(what, _READ_OVERHEAD)
            offset += row.size * count

    def numbers_before_zero(self, what: str, layout: str, offset: int) -> list[int]:
        """Return the numbers of a table whose end is a zero."""
        size = struct.calcsize(self.byte_order + layout)
        numbers: list[int] = []
        while True:
            self._require(what, offset, size)
            count = min(_NUMBERS_LOOKED_AHEAD, (self.size - offset) // size)
            self.allowance.spend(what, size * count + _READ_OVERHEAD)
            more = struct.unpack_from(
                f"{self.byte_order}{count}{layout}", self.data, self.start + offset
            )
            if 0 in more:
                numbers.extend(more[: more.index(0)])
                return numbers
            numbers.extend(more)
            offset += size * count

    def name(self, what: str, offset: int) -> str:
        """Return the name that begins at an offset and ends with a zero byte.

        Bytes that are not UTF-8 are spelled out, so that every name can be printed.
        """
        text = self.text(what, offset).decode("utf-8", "backslashreplace")
        self.allowance.keep(what, len(text))
        return text

    def text(self, what: str, offset: int) -> bytes:
        """Return the bytes from an offset to the next zero byte."""
        self._require(what, offset, 1)
        start = self.start + offset
        limit = min(self.start + self.size, start + _LONGEST_NAME)
        # With a limit, a file without zeros cannot make each name cost a search to its
        # end.
        end = self.data.find(b"\0", start, limit)
        if end < 0:
            message = f"{what}: a name that does not end"
            raise MalformedError(message)
        self.allowance.spend(what, end - start)
        return self.data[start:end]

    def uleb128(self, what: str, offset: int) -> tuple[int, int]:
        """Return a number of seven bits a byte, and the offset of what follows it."""
        start = self.start + offset
        end = min(start + _LONGEST_NUMBER, self.start + self.size)
        value = 0
        # The encoding of DWARF 5, 7.6, which Mach-O's tries and WebAssembly use as
        # well.
        for position, byte in enumerate(self.data[start:end]):
            value |= (byte & 0x7F) << 7 * position
            if not byte & 0x80:
                return value, offset + position + 1
        message = f"{what}: a number that does not end"
        raise MalformedError(message)

    def _native(self, words: Collection[int]) -> frozenset[int]:
        """Return the numbers that this processor sees in words of the file."""
        layout = f"{len(words)}I"
        in_file = struct.pack(f"{self.byte_order}{layout}", *words)
        return frozenset(struct.unpack(f"={layout}", in_file))

    def _require(self, what: str, offset: int, size: int) -> None:
        if not 0 <= offset <= self.size - size:
            message = f"{what}: incomplete"
            raise MalformedError(message)


def open_window(data: bytes, byte_order: str) -> BytesWindow:
    """Look at a whole file."""
    return BytesWindow(data, byte_order, 0, len(data), Allowance(len(data)))
