"""A directory that ``zipfile`` reads is read, and anything else is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from abi3build.errors import MalformedError
from abi3build.wheels.zip_directory import Member, read_directory

if TYPE_CHECKING:
    from collections.abc import Mapping


def zipped(members: Mapping[str, bytes], comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


def test_members_of_a_file_with_something_before_it() -> None:
    data = b"#!/bin/sh\n" + zipped({"a/": b"", "a/b": b"1" * 99}, b"a comment")
    folder, file = read_directory(io.BytesIO(data))
    assert folder.is_directory
    assert file == Member("a/b", 0, 0, zlib.crc32(b"1" * 99), 99, 99, 42)
    assert data.startswith(b"PK\3\4", file.offset)


NAMES = {"demo/core.abi3.so": b"x" * 99, "demo-1.0.dist-info/WHEEL": b"Tag: a"}
WHOLE = zipped(NAMES)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "it has no directory at its end", id="empty"),
        pytest.param(WHOLE[:-22], "it has no directory at its end", id="no end"),
        pytest.param(WHOLE[:-1], "it has no directory at its end", id="half an end"),
        pytest.param(
            WHOLE.replace(b"PK\1\2", b"PK\1\3"),
            "Bad magic number for central directory",
            id="entry",
        ),
    ],
)
def test_no_zip_file(data: bytes, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_directory(io.BytesIO(data))
    assert str(caught.value) == text


def test_too_many_members() -> None:
    """Each has 46 bytes here and some hundreds as an object."""
    count = (12 << 20) // 46 + 1
    entry = WHOLE[WHOLE.index(b"PK\1\2") :][:46]
    entry = entry[:28] + bytes(6) + entry[34:]
    end = WHOLE[-22:-10] + (46 * count).to_bytes(4, "little") + bytes(6)
    with pytest.raises(MalformedError) as caught:
        read_directory(io.BytesIO(entry * count + end))
    assert str(caught.value) == "a directory of 12582932 bytes, more than 12582912"
