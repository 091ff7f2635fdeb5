"""Read members of a zip file that nobody vouches for: in memory, each at most once.

What a wheel may be is narrower than what a zip file may be, and much narrower than what
``zipfile`` puts up with; what no build tool writes is a fault before it costs anything.
"""

from __future__ import annotations

import shutil
import struct
import zipfile
import zlib
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING

from abi3build.binaries.reading import HEAD_SIZE, image_format
from abi3build.errors import MalformedError, UnreadableError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["open_archive", "read_beginning", "read_if_image"]

_CHUNK = 1 << 18
"""How many bytes are inflated at once: few enough to be checked and copied before
they leave the processor's cache."""

_LARGEST_IMAGE = 4 << 30

_LARGEST_DENSE_IMAGE = 64 << 20
_HIGHEST_RATIO = 100
"""Beyond that size, real images inflate some 3-fold; only small ones, padded with
zeros by patchelf, reach several hundred."""

_LOCAL_SIGNATURE = b"PK\3\4"
_LOCAL_HEADER = 30
"""The fixed part of a member's own header, in bytes; at its end are the lengths of
the name and of the extra field (APPNOTE.TXT, 4.3.7)."""

_GLANCE = 1024
"""How many bytes of the file show how a member begins: its header, and enough of what
is deflated to inflate the first few bytes."""

_BEGINNING = 8

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
        with archive.open(member) as stream:
            return stream.read(size)
    except _ZIP_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None


def read_if_image(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Read a member whole if it begins like an image, else give None.

    Raise ``MalformedError`` where it cannot be read.
    """
    try:
        _require_sane(member)
        if _is_other_data(archive, member):
            return None
        with archive.open(member) as stream:
            head = stream.read(HEAD_SIZE)
            if image_format(head) is None:
                return None
            _require_plausible(member)
            buffer = BytesIO()
            buffer.write(head)
            shutil.copyfileobj(stream, buffer, _CHUNK)
    except _ZIP_FAULTS as fault:
        raise MalformedError(_first_line(fault)) from None
    data = buffer.getvalue()
    if len(data) != member.file_size:
        message = f"{len(data)} bytes, where the zip file says {member.file_size}"
        raise MalformedError(message)
    return data


def _is_other_data(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Tell most members that are no images, at a tenth of what ``zipfile`` takes.

    False wherever something is odd; ``zipfile`` then says what.
    """
    if member.file_size < _BEGINNING:
        return True
    stream = archive.fp
    if stream is None:
        return False
    stream.seek(member.header_offset)
    glance = stream.read(_GLANCE)
    if len(glance) < _LOCAL_HEADER or not glance.startswith(_LOCAL_SIGNATURE):
        return False
    lengths = struct.unpack_from("<2H", glance, _LOCAL_HEADER - 4)
    beginning = glance[_LOCAL_HEADER + sum(lengths) :][: member.compress_size]
    if member.compress_type == zipfile.ZIP_DEFLATED:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            beginning = inflate.decompress(beginning, _BEGINNING)
        except zlib.error:
            return False
    if len(beginning) < _BEGINNING or beginning.startswith(b"MZ"):
        return False
    return image_format(beginning[:_BEGINNING]) is None


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
