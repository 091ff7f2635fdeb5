"""Read the directory of a zip file: what it says of its members.

Specification: APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

``zipfile`` loads every compressor of the standard library and more, which takes longer
than to read most wheels.  The directory is looked for where ``zipfile`` looks, so that
installers see the same members.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["UTF_8", "Member", "decode_name", "read_directory"]

UTF_8 = 0x800
"""The bit among a member's flags that says how its name is written (4.4.4)."""

_END = struct.Struct("<4s6xHIIH")
"""4.3.16: number of members, size and place of the directory, length of a comment."""

_END_64 = struct.Struct("<4s28xQQQ")
"""4.3.14, for more or larger members: the same numbers."""

_LOCATOR_64 = struct.Struct("<4s16x")
"""4.3.15: it stands between the two."""

_ENTRY = struct.Struct("<4s4xHH4xIIIHHH8xI")
"""4.3.12: flags, method, checksum, both sizes, the lengths of name, extra field and
comment, and the place of the member."""

_END_SIGNATURE, _ENTRY_SIGNATURE = b"PK\5\6", b"PK\1\2"
_END_64_SIGNATURE, _LOCATOR_64_SIGNATURE = b"PK\6\6", b"PK\6\7"
_LONGEST_COMMENT = 1 << 16
_IN_EXTRA_FIELD = 0xFFFFFFFF
"""Stands for a number of 64 bits in the extra field (4.5.3)."""

_ZIP_64 = 1
_MOST_MEMBERS = 1 << 18
"""More than any wheel has, so that the list of them needs no memory to speak of."""


class Member(NamedTuple):
    """Hold what a zip file says of a member."""

    name: str
    flags: int
    method: int
    checksum: int
    compressed_size: int
    size: int
    offset: int
    """The place of its own header in the file."""

    @property
    def is_directory(self) -> bool:
        """Tell whether it stands for a directory only."""
        return self.name.endswith("/")


class _End(NamedTuple):
    """Say where the directory is, and what was put before the zip file."""

    start: int
    size: int
    shift: int


def read_directory(stream: IO[bytes]) -> tuple[Member, ...]:
    """Read what a zip file says of its members, in its order.

    Raise ``MalformedError`` where it is none.
    """
    end = _find_end(stream)
    stream.seek(end.start)
    return tuple(_members(stream.read(end.size), end))


def decode_name(name: bytes, flags: int) -> str:
    """Read a member's name as its flags say."""
    if name.isascii():
        return name.decode()
    return name.decode("utf-8" if flags & UTF_8 else "cp437")


def _find_end(stream: IO[bytes]) -> _End:
    file_size = stream.seek(0, os.SEEK_END)
    tail_start = max(file_size - _END.size - _LONGEST_COMMENT, 0)
    stream.seek(tail_start)
    tail = stream.read()
    place = len(tail) - _END.size
    if not tail.startswith(_END_SIGNATURE, max(place, 0)) or tail[-2:] != b"\0\0":
        # A comment may hold the signature too; the record's own has room behind it.
        place = tail.rfind(_END_SIGNATURE, 0, max(place, 0) + len(_END_SIGNATURE))
    if not 0 <= place <= len(tail) - _END.size:
        message = "no directory at its end"
        raise MalformedError(message)
    _, _, size, start, _ = _END.unpack_from(tail, place)
    place += tail_start
    larger = _find_larger_end(stream, place)
    if larger is not None:
        place, size, start = larger
    shift = place - size - start
    if shift < 0:
        message = "its directory is not where it says"
        raise MalformedError(message)
    return _End(start + shift, size, shift)


def _find_larger_end(stream: IO[bytes], place: int) -> tuple[int, int, int] | None:
    place -= _END_64.size + _LOCATOR_64.size
    if place < 0:
        return None
    stream.seek(place)
    data = stream.read(_END_64.size + _LOCATOR_64.size)
    is_there = data.startswith(_END_64_SIGNATURE)
    if not is_there or not data.startswith(_LOCATOR_64_SIGNATURE, _END_64.size):
        return None
    _, _, size, start = _END_64.unpack_from(data)
    return place, size, start


def _members(directory: bytes, end: _End) -> Iterator[Member]:
    place = count = 0
    while place < end.size:
        if len(directory) - place < _ENTRY.size or count == _MOST_MEMBERS:
            message = (
                f"more than {_MOST_MEMBERS} members"
                if count == _MOST_MEMBERS
                else "its directory is incomplete"
            )
            raise MalformedError(message)
        signature, flags, method, checksum, *rest = _ENTRY.unpack_from(directory, place)
        compressed_size, size, name_size, extra_size, comment_size, offset = rest
        if signature != _ENTRY_SIGNATURE:
            message = "its directory is damaged"
            raise MalformedError(message)
        name_start = place + _ENTRY.size
        extra_start = name_start + name_size
        numbers = (size, compressed_size, offset)
        if _IN_EXTRA_FIELD in numbers:
            extra = directory[extra_start : extra_start + extra_size]
            numbers = _larger_numbers(extra, numbers)
        size, compressed_size, offset = numbers
        name = decode_name(directory[name_start:extra_start], flags)
        yield Member(
            name.partition("\0")[0],
            flags,
            method,
            checksum,
            compressed_size,
            size,
            offset + end.shift,
        )
        place = extra_start + extra_size + comment_size
        count += 1


def _larger_numbers(
    extra: bytes, numbers: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Put the numbers of the extra field in the places of those that did not fit."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == _ZIP_64:
            field = extra[place + 4 : place + 4 + length]
            larger = iter(
                struct.unpack(f"<{len(field) // 8}Q", field[: len(field) & ~7])
            )
            size, compressed_size, offset = (
                next(larger, number) if number == _IN_EXTRA_FIELD else number
                for number in numbers
            )
            return size, compressed_size, offset
        place += 4 + length
    return numbers
