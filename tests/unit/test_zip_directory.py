"""Find the members that ``zipfile``, and so every installer, finds."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

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


def by_zipfile(data: bytes) -> tuple[Member, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple(
            Member(
                each.filename,
                each.flag_bits,
                each.compress_type,
                each.CRC,
                each.compress_size,
                each.file_size,
                each.header_offset,
            )
            for each in archive.infolist()
        )


@given(
    members=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        st.binary(max_size=50),
        max_size=5,
    ),
    comment=st.binary(max_size=40),
    before=st.binary(max_size=40),
)
@example({}, b"", b"")
@example({"a/": b"", "b\0c": b"1"}, b"a comment", b"#!/bin/sh")
def test_same_members(members: dict[str, bytes], comment: bytes, before: bytes) -> None:
    # zipfile itself takes the signature in a comment for the end.
    assume(b"PK\5\6" not in comment)
    data = before + zipped(members, comment)
    assert read_directory(io.BytesIO(data)) == by_zipfile(data)


def test_a_comment_with_the_signature() -> None:
    comment = b"PK\5\6"
    assert [
        each.name for each in read_directory(io.BytesIO(zipped({"a": b""}, comment)))
    ] == ["a"]


def test_numbers_of_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As zip files above four gigabytes have them."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    members = dict.fromkeys(("a", "b/c", "d"), b"some bytes of data")
    data = b"before" + zipped(members)
    assert b"PK\6\6" in data
    assert read_directory(io.BytesIO(data)) == by_zipfile(data)


NAMES = {"demo/core.abi3.so": b"x" * 99, "demo-1.0.dist-info/WHEEL": b"Tag: a"}
WHOLE = zipped(NAMES)


@given(
    flips=st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=4,
    )
)
def test_damage_is_refused_or_read_as_installers_read_it(
    flips: list[tuple[int, int]],
) -> None:
    data = bytearray(WHOLE)
    for place, value in flips:
        data[place] = value
    try:
        found = read_directory(io.BytesIO(bytes(data)))
    except (MalformedError, UnicodeDecodeError):
        return
    try:
        expected = by_zipfile(bytes(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return
    assert found == expected


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "no directory at its end", id="empty"),
        pytest.param(WHOLE[:-22], "no directory at its end", id="no end"),
        pytest.param(WHOLE[:-1], "no directory at its end", id="half an end"),
        pytest.param(
            WHOLE[-22:], "its directory is not where it says", id="only an end"
        ),
        pytest.param(
            WHOLE.replace(b"PK\1\2", b"PK\1\3"), "its directory is damaged", id="entry"
        ),
    ],
)
def test_no_zip_file(data: bytes, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_directory(io.BytesIO(data))
    assert str(caught.value) == text


def test_too_many_members() -> None:
    """Each has 46 bytes here and some hundreds as an object."""
    count = (1 << 18) + 1
    entry = WHOLE[WHOLE.index(b"PK\1\2") :][:46]
    entry = entry[:28] + bytes(6) + entry[34:]
    end = WHOLE[-22:-10] + (46 * count).to_bytes(4, "little") + bytes(6)
    with pytest.raises(MalformedError) as caught:
        read_directory(io.BytesIO(entry * count + end))
    assert str(caught.value) == "more than 262144 members"
