"""Read the directory of a zip file with ``zipfile``, as every installer does.

pip reads wheels with ``zipfile``, so what it sees is what is audited, by construction.
The directory alone is read so: members are inflated with bounds of our own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile, ZipFile

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from typing import IO, BinaryIO

__all__ = ["UTF_8", "Member", "decode_name", "read_directory"]

UTF_8 = 0x800
"""The bit among a member's flags that says how its name is written (APPNOTE 4.4.4)."""

_MOST_BYTES = 12 << 20
"""Of a directory.  ``zipfile`` makes an object of some 600 bytes for each entry of at
least 46, so this many can take 160 MB; 311 real wheels have 2 MB at the most."""

_FAULTS = (
    BadZipFile,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
)
"""What ``zipfile`` raises for broken directories, and for names that are not text."""

_NO_END = "File is not a zip file"
"""How ``zipfile`` says that there is no end record; it does not say what it missed."""


class Member(NamedTuple):
    """Describe what a zip file says of a member."""

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


class _BoundedReads:
    """Wrap a stream and refuse to read a directory that is too large."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size: int = -1, /) -> bytes:
        """Read up to a number of bytes, all that is left if it is negative."""
        if size > _MOST_BYTES:
            message = f"a directory of {size} bytes, more than {_MOST_BYTES}"
            raise MalformedError(message)
        return self._stream.read(size)


def read_directory(stream: IO[bytes]) -> tuple[Member, ...]:
    """Read what a zip file says of its members, in its order.

    The stream stays open.  Raise ``MalformedError`` if it holds no zip file.
    """
    bounded: BinaryIO = _BoundedReads(stream)  # type: ignore[assignment] # all it needs
    try:
        with ZipFile(bounded) as archive:
            entries = archive.infolist()
    except _FAULTS as fault:
        text = (str(fault) or type(fault).__name__).splitlines()[0]
        message = "it has no directory at its end" if text == _NO_END else text
        raise MalformedError(message) from None
    return tuple(
        Member(
            # On Windows, the other name has slashes in place of backslashes.
            each.orig_filename.partition("\0")[0],
            each.flag_bits,
            each.compress_type,
            each.CRC,
            each.compress_size,
            each.file_size,
            each.header_offset,
        )
        for each in entries
    )


def decode_name(name: bytes, flags: int) -> str:
    """Return a member's name, read as its flags say."""
    if name.isascii():
        return name.decode()
    return name.decode("utf-8" if flags & UTF_8 else "cp437")
