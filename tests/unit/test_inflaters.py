"""Whoever inflates a member, the bytes are the same, and so is what is wrong."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from forged_wheels import GOOD, audited, wheel
from hypothesis import given
from hypothesis import strategies as st

from abi3build.errors import MalformedError
from abi3build.wheels.archive import inflater_for, pieces_of
from abi3build.wheels.zip_directory import read_directory
from workbench.forged_zips import DEFLATED, MEBIBYTE, Member, zip_bomb

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.wheels.archive import Inflater

isal_zlib = pytest.importorskip("isal.isal_zlib", reason="the extra speed is absent")

INFLATERS = (inflater_for(0), inflater_for(MEBIBYTE))
SEED = os.urandom(5000)
HALF_A_MEBIBYTE = MEBIBYTE // 2


def test_large_wheels_go_to_the_faster_one() -> None:
    plain, fast = INFLATERS
    assert plain.decompressobj is zlib.decompressobj
    assert fast.decompressobj is isal_zlib.decompressobj


def inflated(data: bytes, inflater: Inflater) -> bytes | None:
    """Return the only member of a zip file; None if it is damaged."""
    stream = io.BytesIO(data)
    (member,) = read_directory(stream)
    try:
        pieces = list(pieces_of(stream, member, inflater))
    except MalformedError:
        return None
    assert max(map(len, pieces), default=0) <= HALF_A_MEBIBYTE
    return b"".join(pieces)


def zipped(data: bytes, level: int) -> bytearray:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a"), data, zipfile.ZIP_DEFLATED, level)
    return bytearray(stream.getvalue())


DATA = st.builds(
    lambda start, size, times: SEED[start : start + size] * times,
    st.integers(0, 4000),
    st.integers(0, 1000),
    st.integers(1, 900),
)


@pytest.mark.parametrize("inflater", INFLATERS, ids=["zlib", "isal"])
@given(
    data=DATA, level=st.integers(0, 9), place=st.integers(0), bits=st.integers(0, 255)
)
def test_a_member_comes_out_whole_or_not_at_all(
    inflater: Inflater, data: bytes, level: int, place: int, bits: int
) -> None:
    archive = zipped(data, level)
    assert inflated(bytes(archive), inflater) == data
    start, end = 31, archive.index(b"PK\1\2")
    archive[start + place % (end - start)] ^= bits
    assert inflated(bytes(archive), inflater) in {data, None}


def test_the_faster_one_does_not_inflate_a_bomb(tmp_path: Path) -> None:
    bomb = Member(
        "demo/bomb.abi3.so", zip_bomb(b"\x7fELF", 2047), DEFLATED, 0, size=5000
    )
    assert len(bomb.data) > MEBIBYTE
    report, peak = audited(wheel(tmp_path, GOOD, bomb))
    assert [each.message for each in report.findings] == [
        "more than the 5000 bytes that the zip file states"
    ]
    assert peak < 16 * MEBIBYTE
