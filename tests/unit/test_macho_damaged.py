"""Refuse Mach-O files that are cut or damaged."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_images import read_macho

from abi3build.binaries.image import BinaryFormat
from abi3build.errors import MalformedError

BINARIES = Path(__file__).parent.parent / "binaries" / "macos"

NAMES = (
    "bundle-x86_64.bundle",
    "chained-arm64.bundle",
    "framework-x86_64.dylib",
    "universal.bundle",
    "universal64.bundle",
    "object-i386.o",
    "object-arm64.o",
)
FILES = {
    name: lzma.decompress((BINARIES / f"{name}.xz").read_bytes()) for name in NAMES
}
PLACES = {
    name: [place for place, byte in enumerate(data) if byte]
    for name, data in FILES.items()
}
"""Of the bytes that are not zero, which most are."""

MAGICS = (
    b"\xfe\xed\xfa\xce",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)


def read_or_refuse(data: bytes) -> None:
    """Read a file that may be refused, but in the agreed way only."""
    try:
        images = read_macho(data)
    except MalformedError as error:
        assert 0 < len(str(error)) < 80  # noqa: PT017 - both outcomes are right
    else:
        assert {image.format for image in images} <= {BinaryFormat.MACH_O}


@pytest.mark.parametrize("name", ["object-arm64.o", "object-i386.o"])
def test_truncated_object(name: str) -> None:
    data = FILES[name]
    for size in range(len(data)):
        with pytest.raises(MalformedError):
            read_macho(data[:size])


@pytest.mark.parametrize(
    "name", ["framework-x86_64.dylib", "chained-arm64.bundle", "universal.bundle"]
)
def test_truncated_library(name: str) -> None:
    """Between the headers and the last page there are mostly zeros."""
    data = FILES[name]
    for size in (*range(4096), *range(4096, len(data), 64), len(data) - 1):
        with pytest.raises(MalformedError):
            read_macho(data[:size])


@settings(max_examples=300, deadline=1000)
@given(
    name=st.sampled_from(NAMES),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    ),
)
def test_flipped_bytes(name: str, flips: list[tuple[float, int]]) -> None:
    data = bytearray(FILES[name])
    for place, value in flips:
        data[PLACES[name][int(place * len(PLACES[name]))]] = value
    read_or_refuse(bytes(data))


@settings(max_examples=300, deadline=1000)
@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=512))
def test_noise_behind_the_magic(magic: bytes, rest: bytes) -> None:
    read_or_refuse(magic + rest)
