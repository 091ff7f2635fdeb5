"""Write zip files that say of their members whatever a test wants them to say."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

__all__ = ["DEFLATED", "MEBIBYTE", "STORED", "Member", "number", "zip_bomb", "zip_file"]

MEBIBYTE = 1 << 20
STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Member:
    """Hold what a zip file says of a member, true or not."""

    name: str
    data: bytes
    method: int = STORED
    checksum: int | None = None
    size: int | None = None
    compressed_size: int | None = None
    flags: int = 0
    mode: int = 0
    local_name: str | None = None
    offset: int | None = None
    """Where the directory says that it begins; then it has no place of its own."""

    @property
    def said(self) -> tuple[int, int, int]:
        """Return checksum, compressed size and size as they stand in both headers."""
        checksum = zlib.crc32(self.data) if self.checksum is None else self.checksum
        size = len(self.data) if self.size is None else self.size
        compressed = self.compressed_size
        return checksum, len(self.data) if compressed is None else compressed, size


def number(value: int, size: int) -> bytes:
    """Write a number as zip files do, in as many bytes."""
    return value.to_bytes(size, "little")


def zip_file(*members: Member) -> bytes:
    """Write a zip file as APPNOTE.TXT lays it out, whatever the members say."""
    body, directory = bytearray(), bytearray()
    for member in members:
        start = len(body) if member.offset is None else member.offset
        shared = (
            number(20, 2)
            + number(member.flags, 2)
            + number(member.method, 2)
            + number(0x5821_0000, 4)
            + b"".join(number(value, 4) for value in member.said)
        )
        name = member.name.encode()
        local = member.local_name.encode() if member.local_name else name
        if member.offset is None:
            lengths = number(len(local), 2) + bytes(2)
            body += b"PK\3\4" + shared + lengths + local + member.data
        lengths = number(len(name), 2) + bytes(8)
        mode = number(member.mode << 16, 4)
        directory += b"PK\1\2" + number(0x031E, 2) + shared + lengths + mode
        directory += number(start, 4) + name
    count = number(min(len(members), 0xFFFF), 2)
    places = number(len(directory), 4) + number(len(body), 4)
    return (
        bytes(body + directory) + b"PK\5\6" + bytes(4) + count * 2 + places + bytes(2)
    )


def zip_bomb(head: bytes, mebibytes: int) -> bytes:
    """Deflate zeros behind a head; after a full flush a block can be repeated."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(bytes(MEBIBYTE)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return first + block * mebibytes + deflate.flush()
