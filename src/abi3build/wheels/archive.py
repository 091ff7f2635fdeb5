"""Read members of an untrusted zip file: in memory, each at most once.

What a wheel may be is narrower than what a zip file may be; what no build tool writes
is a fault before it costs anything.
"""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zlib import MAX_WBITS

from abi3build.binaries.magic_number import HEAD_SIZE, image_format
from abi3build.errors import MalformedError, UnreadableError
from abi3build.inputs import open_input
from abi3build.wheels.zip_directory import decode_name, read_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import IO, BinaryIO, Callable

    from typing_extensions import Self

    from abi3build.wheels.zip_directory import Member

__all__ = [
    "DEFLATED",
    "PLAIN",
    "STORED",
    "Archive",
    "Inflater",
    "Inflating",
    "inflater_for",
    "open_archive",
    "pieces_of",
    "read_beginning",
    "read_if_image",
]


_WORTH_LOADING = 1 << 20
"""In bytes before inflating: what ISA-L saves there is thrice the time to load it."""


class Inflating(Protocol):
    """Inflate one stream piece by piece, as ``zlib.decompressobj`` does."""

    @property
    def eof(self) -> bool:
        """Tell whether the stream has come to its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """Return what of the last input has not been looked at."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Inflate more, up to a number of bytes."""


class Inflater(NamedTuple):
    """Contain the functions of ``zlib`` that read a member, or equivalent ones."""

    decompressobj: Callable[[int], Inflating]
    crc32: Callable[[bytes, int], int]
    error: type[Exception]
    """What inflating raises."""


PLAIN = Inflater(zlib.decompressobj, zlib.crc32, zlib.error)
"""It begins sooner than ISA-L, which matters for small members."""


def inflater_for(size: int) -> Inflater:
    """Return the fastest for a number of bytes in all, before inflating."""
    if size >= _WORTH_LOADING:
        try:
            from isal import isal_zlib as fast
        except ImportError:
            # Not installed, or made for another interpreter.
            pass
        else:
            error: type[Exception] = fast.error  # type: ignore[assignment] # their stub
            return Inflater(fast.decompressobj, fast.crc32, error)
    return PLAIN


STORED, DEFLATED = 0, 8
"""The methods that build tools use (APPNOTE.TXT, 4.4.5)."""

_SIGNATURE = b"PK\3\4"
_HEADER = struct.Struct("<4s22xHH")
"""A member's own header (APPNOTE.TXT, 4.3.7): its signature, and the lengths of the
name and of the extra field, which follow."""

_FIRST_INPUT, _FIRST_OUTPUT = 1 << 10, 1 << 6
"""In bytes; most members are not images, which their beginning shows."""

_INPUT, _OUTPUT = 1 << 16, 1 << 18
"""In bytes; few enough to be checked and copied before they leave the processor's
cache."""


def pieces_of(stream: IO[bytes], member: Member, inflater: Inflater) -> Iterator[bytes]:
    """Return a member's bytes, a short piece first.

    Size and checksum are verified after the last piece. Raise ``MalformedError`` if
    they are not, or the bytes are not deflated.
    """
    size = checksum = 0
    _go_to_data(stream, member)
    inputs = _inputs(stream, member.compressed_size)
    for piece in inputs if member.method == STORED else _inflated(inputs, inflater):
        size += len(piece)
        if size > member.size:
            message = f"more than the {member.size} bytes that the zip file states"
            raise MalformedError(message)
        checksum = inflater.crc32(piece, checksum)
        yield piece
    if size != member.size:
        message = f"{size} bytes, but the zip file states {member.size}"
        raise MalformedError(message)
    if checksum != member.checksum:
        message = "its checksum is not the one that the zip file states"
        raise MalformedError(message)


def _go_to_data(stream: IO[bytes], member: Member) -> None:
    """Pass by the member's own header."""
    stream.seek(member.offset)
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_SIGNATURE):
        message = "it does not start where the zip file says"
        raise MalformedError(message)
    _, name_size, extra_size = _HEADER.unpack(header)
    name = decode_name(stream.read(name_size), member.flags)
    if name.partition("\0")[0] != member.name:
        message = "its own header has another name for it"
        raise MalformedError(message)
    stream.seek(extra_size, os.SEEK_CUR)


def _inputs(stream: IO[bytes], left: int) -> Iterator[bytes]:
    wanted = _FIRST_INPUT
    while left:
        taken = stream.read(min(left, wanted))
        if not taken:
            message = "it ends after the end of the zip file"
            raise MalformedError(message)
        left -= len(taken)
        wanted = _INPUT
        yield taken


def _inflated(inputs: Iterator[bytes], inflater: Inflater) -> Iterator[bytes]:
    # Without the header of zlib's own format, as in every zip file.
    inflating = inflater.decompressobj(-MAX_WBITS)
    wanted = _FIRST_OUTPUT
    for taken in inputs:
        rest = taken
        while not inflating.eof:
            try:
                piece = inflating.decompress(rest, wanted)
            except inflater.error:
                message = "its compressed data is damaged"
                raise MalformedError(message) from None
            rest = inflating.unconsumed_tail
            if piece:
                yield piece
            if not rest and len(piece) < wanted:
                break
            wanted = _OUTPUT
        if inflating.eof:
            return


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
"""What reading raises for broken members and for names that are not text."""


class Archive(NamedTuple):
    """Read an open zip file."""

    stream: BinaryIO
    members: tuple[Member, ...]
    """In the order of the zip file."""

    inflater: Inflater

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.stream.close()


def open_archive(path: str | PathLike[str], stream: BinaryIO | None = None) -> Archive:
    """Open a zip file to read it, from a stream if it is not a local file.

    The stream is closed with the archive.  Raise ``UnreadableError`` if it is not one,
    or if its members overlap, since a small file could then cause any amount of work.
    """
    name = os.path.basename(path)
    opened = open_input(path) if stream is None else stream
    try:
        members = _directory(name, opened)
        size = _compressed_size(name, opened, members)
    except BaseException:
        opened.close()
        raise
    return Archive(opened, members, inflater_for(size))


def _directory(name: str, file: BinaryIO) -> tuple[Member, ...]:
    try:
        return read_directory(file)
    except (MalformedError, *_READ_FAULTS) as fault:
        message = f"{name}: not a readable zip file ({fault}): build it again"
        raise UnreadableError(message) from None


def _compressed_size(name: str, file: BinaryIO, members: tuple[Member, ...]) -> int:
    size = sum(member.compressed_size for member in members)
    if size > file.seek(0, os.SEEK_END):
        message = f"{name}: its members overlap or end after it: build it again"
        raise UnreadableError(message)
    return size


def read_beginning(archive: Archive, member: Member, size: int) -> bytes:
    """Read a member up to a size, in bytes.

    Raise ``MalformedError`` if it cannot be read.
    """
    try:
        _require_sane(member)
        return _beginning(_pieces(archive, member), size)[:size]
    except _READ_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None


def read_if_image(archive: Archive, member: Member) -> bytes | None:
    """Read a complete member if it begins like an image, else return None.

    Raise ``MalformedError`` if it cannot be read.
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
    # Not copied: nothing else uses the buffer's bytes.
    return buffer.getvalue()


def _pieces(archive: Archive, member: Member) -> Iterator[bytes]:
    is_small = member.size < _WORTH_SPEED
    inflater = PLAIN if is_small else archive.inflater
    return pieces_of(archive.stream, member, inflater)


def _beginning(pieces: Iterator[bytes], size: int) -> bytes:
    """Read pieces until there are enough bytes, or no more."""
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
        message = f"{size} bytes, more than the largest image that is read"
        raise MalformedError(message)
    if size > max(_LARGEST_DENSE_IMAGE, _HIGHEST_RATIO * compressed):
        message = (
            f"decompresses from {compressed} to {size} bytes, which no real image does"
        )
        raise MalformedError(message)


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]
