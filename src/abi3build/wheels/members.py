"""Read members of a zip file that nobody vouches for: in memory, each at most once.

What a wheel may be is narrower than what a zip file may be, and much narrower than what
``zipfile`` puts up with; what no build tool writes is a fault before it costs anything.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING

from abi3build.binaries.reading import HEAD_SIZE, image_format
from abi3build.errors import MalformedError, UnreadableError
from abi3build.wheels.inflating import pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["open_archive", "read_beginning", "read_if_image"]

_LARGEST_IMAGE = 4 << 30

_LARGEST_DENSE_IMAGE = 64 << 20
_HIGHEST_RATIO = 100
"""Beyond that size, real images inflate some 3-fold; only small ones, padded with
zeros by patchelf, reach several hundred."""

_BEGINNING = 8
"""How many bytes tell an image from other data, but for ``MZ``, which may be both."""

_ENCRYPTED = 1
"""The bit among a member's flags (APPNOTE.TXT, 4.4.4)."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What build tools write; the others take memory that nothing bounds."""

_ZIP_FAULTS = (
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What ``zipfile`` raises for broken, encrypted and unknown members alike."""


def open_archive(path: Path, stream: BinaryIO | None = None) -> zipfile.ZipFile:
    """Open a zip file to read it, from a stream where it is no file of this machine.

    Raise ``UnreadableError`` where it is none, and where its members lie over one
    another, so that a small file could ask for any amount of work.
    """
    try:
        archive = zipfile.ZipFile(path if stream is None else stream)
    except FileNotFoundError:
        message = f"{path}: no such file: check the path"
        raise UnreadableError(message) from None
    except _ZIP_FAULTS as fault:
        message = f"{path.name}: not a readable zip file ({fault}): build it again"
        raise UnreadableError(message) from None
    claimed = sum(member.compress_size for member in archive.infolist())
    if claimed > _size(path, stream):
        archive.close()
        message = f"{path.name}: its members overlap or end behind it: build it again"
        raise UnreadableError(message)
    return archive


def _size(path: Path, stream: BinaryIO | None) -> int:
    return path.stat().st_size if stream is None else stream.seek(0, SEEK_END)


def read_beginning(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int
) -> bytes:
    """Read a member up to a size, in bytes.

    Raise ``MalformedError`` where it cannot be read.
    """
    try:
        _require_sane(member)
        return _beginning(pieces_of(archive, member), size)[:size]
    except _ZIP_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None


def read_if_image(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Read a member whole if it begins like an image, else give None.

    Raise ``MalformedError`` where it cannot be read.
    """
    try:
        _require_sane(member)
        if member.file_size < _BEGINNING:
            return None
        pieces = pieces_of(archive, member)
        head = _beginning(pieces, _BEGINNING)
        if head.startswith(b"MZ"):
            head += _beginning(pieces, HEAD_SIZE - len(head))
        if image_format(head) is None:
            return None
        _require_plausible(member)
        buffer = BytesIO()
        buffer.write(head)
        buffer.writelines(pieces)
    except _ZIP_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None
    # Not copied: nobody else has the buffer's bytes.
    return buffer.getvalue()


def _beginning(pieces: Iterator[bytes], size: int) -> bytes:
    """Take pieces until there are as many bytes or no more."""
    buffer = BytesIO()
    while buffer.tell() < size:
        piece = next(pieces, None)
        if piece is None:
            break
        buffer.write(piece)
    return buffer.getvalue()


def _require_sane(member: zipfile.ZipInfo) -> None:
    if member.compress_type not in _METHODS:
        message = f"compression method {member.compress_type}, which no wheel uses"
        raise MalformedError(message)
    if member.flag_bits & _ENCRYPTED:
        message = "encrypted, which no installer can read"
        raise MalformedError(message)


def _require_plausible(member: zipfile.ZipInfo) -> None:
    size, compressed = member.file_size, member.compress_size
    if size > _LARGEST_IMAGE:
        message = f"{size} bytes, more than any image that is read"
        raise MalformedError(message)
    if size > max(_LARGEST_DENSE_IMAGE, _HIGHEST_RATIO * compressed):
        message = f"inflates from {compressed} to {size} bytes, as no image does"
        raise MalformedError(message)


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]
