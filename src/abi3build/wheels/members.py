"""Read members of a zip file that nobody vouches for: in memory, each at most once.

What a wheel may be is narrower than what a zip file may be; what no build tool writes
is a fault before it costs anything.
"""

from __future__ import annotations

import os
import struct
from io import BytesIO

from abi3build.binaries.reading import HEAD_SIZE, image_format
from abi3build.errors import MalformedError, UnreadableError
from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.wheels.inflaters import PLAIN, inflater_for
from abi3build.wheels.inflating import DEFLATED, STORED, pieces_of
from abi3build.wheels.zip_directory import read_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import BinaryIO

    from typing_extensions import Self

    from abi3build.wheels.inflaters import Inflater
    from abi3build.wheels.zip_directory import Member

__all__ = ["Archive", "open_archive", "read_beginning", "read_if_image"]

_LARGEST_IMAGE = 4 << 30

_LARGEST_DENSE_IMAGE = 64 << 20
_USUAL_RATIO, _HIGHEST_RATIO = 8, 100
"""Beyond that size, real images inflate some 3-fold; only small ones, padded with
zeros by patchelf, reach several hundred."""

_BEGINNING = 8
"""How many bytes tell an image from other data, but for ``MZ``, which may be both."""

_WORTH_SPEED = 1 << 15
"""In bytes; a smaller member is inflated before ISA-L has begun."""

_ENCRYPTED = 1
"""The bit among a member's flags (APPNOTE.TXT, 4.4.4)."""

_READ_FAULTS = (OSError, OverflowError, ValueError, struct.error)
"""What reading raises for broken members and for names that are no text."""


class Archive(NamedTuple):
    """Hold an open zip file."""

    stream: BinaryIO
    members: tuple[Member, ...]
    """In the order of the zip file."""

    inflater: Inflater

    def __enter__(self) -> Self:
        """Give the archive."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.stream.close()


def open_archive(path: str | PathLike[str], stream: BinaryIO | None = None) -> Archive:
    """Open a zip file to read it, from a stream where it is no file of this machine.

    The stream is closed with the archive.  Raise ``UnreadableError`` where it is none,
    and where its members lie over one another, so that a small file could ask for any
    amount of work.
    """
    name = os.path.basename(path)
    opened = _open(path) if stream is None else stream
    try:
        members = _directory(name, opened)
        size = _compressed_size(name, opened, members)
    except BaseException:
        opened.close()
        raise
    return Archive(opened, members, inflater_for(size))


def _open(path: str | PathLike[str]) -> BinaryIO:
    try:
        return open(path, "rb")
    except FileNotFoundError:
        message = f"{path}: no such file: check the path"
        raise UnreadableError(message) from None
    except OSError as fault:
        message = f"{path}: {fault.strerror or fault}: check the path and its rights"
        raise UnreadableError(message) from None


def _directory(name: str, file: BinaryIO) -> tuple[Member, ...]:
    try:
        return read_directory(file)
    except (MalformedError, *_READ_FAULTS) as fault:
        message = f"{name}: not a readable zip file ({fault}): build it again"
        raise UnreadableError(message) from None


def _compressed_size(name: str, file: BinaryIO, members: tuple[Member, ...]) -> int:
    size = sum(member.compressed_size for member in members)
    if size > file.seek(0, os.SEEK_END):
        message = f"{name}: its members overlap or end behind it: build it again"
        raise UnreadableError(message)
    return size


def read_beginning(archive: Archive, member: Member, size: int) -> bytes:
    """Read a member up to a size, in bytes.

    Raise ``MalformedError`` where it cannot be read.
    """
    try:
        _require_sane(member)
        return _beginning(_pieces(archive, member), size)[:size]
    except _READ_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None


def read_if_image(archive: Archive, member: Member) -> bytes | None:
    """Read a member whole if it begins like an image, else give None.

    Raise ``MalformedError`` where it cannot be read.
    """
    try:
        _require_sane(member)
        if member.size < _BEGINNING:
            return None
        pieces = _pieces(archive, member)
        head = _beginning(pieces, _BEGINNING)
        if head.startswith(b"MZ"):
            head += _beginning(pieces, HEAD_SIZE - len(head))
        if image_format(head) is None:
            return None
        _require_plausible(member)
        # Asked for at once, it is not moved while it grows.
        likely = min(member.size, _USUAL_RATIO * member.compressed_size)
        buffer = BytesIO(bytes(likely))
        buffer.write(head)
        buffer.writelines(pieces)
    except _READ_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None
    # Not copied: nobody else has the buffer's bytes.
    return buffer.getvalue()


def _pieces(archive: Archive, member: Member) -> Iterator[bytes]:
    is_small = member.size < _WORTH_SPEED
    inflater = PLAIN if is_small else archive.inflater
    return pieces_of(archive.stream, member, inflater)


def _beginning(pieces: Iterator[bytes], size: int) -> bytes:
    """Take pieces until there are as many bytes or no more."""
    buffer = BytesIO()
    while buffer.tell() < size:
        piece = next(pieces, None)
        if piece is None:
            break
        buffer.write(piece)
    return buffer.getvalue()


def _require_sane(member: Member) -> None:
    if member.method not in {STORED, DEFLATED}:
        message = f"compression method {member.method}, which no wheel uses"
        raise MalformedError(message)
    if member.flags & _ENCRYPTED:
        message = "encrypted, which no installer can read"
        raise MalformedError(message)


def _require_plausible(member: Member) -> None:
    size, compressed = member.size, member.compressed_size
    if size > _LARGEST_IMAGE:
        message = f"{size} bytes, more than any image that is read"
        raise MalformedError(message)
    if size > max(_LARGEST_DENSE_IMAGE, _HIGHEST_RATIO * compressed):
        message = f"inflates from {compressed} to {size} bytes, as no image does"
        raise MalformedError(message)


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]
