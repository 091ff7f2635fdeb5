"""Give a member of a zip file piece by piece, each piece inflated once.

``zipfile`` finds the members; to read them it copies what is not yet inflated again and
again, which takes a quarter of the time of inflating.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["pieces_of"]

_SIGNATURE = b"PK\3\4"
_HEADER = struct.Struct("<4s22xHH")
"""A member's own header (APPNOTE.TXT, 4.3.7): its signature, and the lengths of the
name and of the extra field, which follow."""

_UTF_8 = 0x800
"""The bit among a member's flags that says how its name is written (4.4.4)."""

_FIRST_INPUT, _FIRST_OUTPUT = 1 << 10, 1 << 6
"""In bytes; most members are no images, which their beginning shows."""

_INPUT, _OUTPUT = 1 << 16, 1 << 18
"""In bytes; few enough to be checked and copied before they leave the processor's
cache."""


def pieces_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give a member's bytes, a short piece first.

    Whoever comes to the end knows that size and checksum are as the zip file says.
    Raise ``MalformedError`` where they are not, and what ``zlib`` raises where the
    bytes are not deflated.
    """
    size = checksum = 0
    stream = _stream_of(archive, member)
    is_stored = member.compress_type == zipfile.ZIP_STORED
    inputs = _inputs(stream, member.compress_size)
    for piece in inputs if is_stored else _inflated(inputs):
        size += len(piece)
        if size > member.file_size:
            message = f"more than the {member.file_size} bytes that the zip file says"
            raise MalformedError(message)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if size != member.file_size:
        message = f"{size} bytes, where the zip file says {member.file_size}"
        raise MalformedError(message)
    if checksum != member.CRC:
        message = "its checksum is not the one that the zip file says"
        raise MalformedError(message)


def _stream_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """Give the file, positioned behind the member's own header."""
    stream = archive.fp
    if stream is None:
        message = "the zip file is closed"
        raise MalformedError(message)
    stream.seek(member.header_offset)
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_SIGNATURE):
        message = "it does not begin where the zip file says"
        raise MalformedError(message)
    _, name_size, extra_size = _HEADER.unpack(header)
    name = stream.read(name_size)
    if name.decode("utf-8" if member.flag_bits & _UTF_8 else "cp437") != (
        member.orig_filename
    ):
        message = "its own header has another name for it"
        raise MalformedError(message)
    stream.seek(extra_size, os.SEEK_CUR)
    return stream


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


def _inflated(inputs: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    wanted = _FIRST_OUTPUT
    for taken in inputs:
        rest = taken
        while not inflate.eof:
            piece = inflate.decompress(rest, wanted)
            rest = inflate.unconsumed_tail
            if piece:
                yield piece
            if not rest and len(piece) < wanted:
                break
            wanted = _OUTPUT
        if inflate.eof:
            return
