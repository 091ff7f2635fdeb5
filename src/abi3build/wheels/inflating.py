"""Give a member of a zip file piece by piece, each piece inflated once.

``zipfile`` copies what is not yet inflated again and again, which takes a quarter of
the time of inflating.
"""

from __future__ import annotations

import os
import struct
from zlib import MAX_WBITS

from abi3build.errors import MalformedError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.wheels.zip_directory import decode_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from abi3build.wheels.inflaters import Inflater
    from abi3build.wheels.zip_directory import Member

__all__ = ["DEFLATED", "STORED", "pieces_of"]

STORED, DEFLATED = 0, 8
"""The methods that build tools use (APPNOTE.TXT, 4.4.5)."""

_SIGNATURE = b"PK\3\4"
_HEADER = struct.Struct("<4s22xHH")
"""A member's own header (APPNOTE.TXT, 4.3.7): its signature, and the lengths of the
name and of the extra field, which follow."""

_FIRST_INPUT, _FIRST_OUTPUT = 1 << 10, 1 << 6
"""In bytes; most members are no images, which their beginning shows."""

_INPUT, _OUTPUT = 1 << 16, 1 << 18
"""In bytes; few enough to be checked and copied before they leave the processor's
cache."""


def pieces_of(stream: IO[bytes], member: Member, inflater: Inflater) -> Iterator[bytes]:
    """Give a member's bytes, a short piece first.

    Whoever comes to the end knows that size and checksum are as the zip file says.
    Raise ``MalformedError`` where they are not, or the bytes are not deflated.
    """
    size = checksum = 0
    _go_to_data(stream, member)
    inputs = _inputs(stream, member.compressed_size)
    for piece in inputs if member.method == STORED else _inflated(inputs, inflater):
        size += len(piece)
        if size > member.size:
            message = f"more than the {member.size} bytes that the zip file says"
            raise MalformedError(message)
        checksum = inflater.crc32(piece, checksum)
        yield piece
    if size != member.size:
        message = f"{size} bytes, where the zip file says {member.size}"
        raise MalformedError(message)
    if checksum != member.checksum:
        message = "its checksum is not the one that the zip file says"
        raise MalformedError(message)


def _go_to_data(stream: IO[bytes], member: Member) -> None:
    """Pass by the member's own header."""
    stream.seek(member.offset)
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_SIGNATURE):
        message = "it does not begin where the zip file says"
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
            message = "it ends behind the end of the zip file"
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
                message = "what it is deflated to is damaged"
                raise MalformedError(message) from None
            rest = inflating.unconsumed_tail
            if piece:
                yield piece
            if not rest and len(piece) < wanted:
                break
            wanted = _OUTPUT
        if inflating.eof:
            return
