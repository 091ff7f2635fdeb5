"""Refuse ELF files that are cut or damaged."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_images import read_elf

from abi3build.binaries.image import BinaryFormat
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

BINARIES = Path(__file__).parent.parent / "binaries" / "linux"


def read(name: str) -> bytes:
    return (BINARIES / f"{name}.elf").read_bytes()


def read_or_refuse(data: bytes) -> Image | None:
    """Return the image, or nothing if the reader refuses in the agreed way."""
    try:
        image = read_elf(data)
    except MalformedError as error:
        assert 0 < len(str(error)) < 80  # noqa: PT017 - both outcomes are right
        return None
    assert image.format is BinaryFormat.ELF
    return image


@pytest.mark.parametrize("name", ["object-x86_64", "library-i686"])
def test_truncated_anywhere(name: str) -> None:
    data = read(name)
    for size in range(len(data)):
        with pytest.raises(MalformedError):
            read_elf(data[:size])


def test_truncated_anywhere_without_section_headers() -> None:
    """What follows the last segment may be missing, as nothing refers to it."""
    data = read("sectionless-aarch64")
    whole = read_elf(data)
    for size in range(len(data)):
        assert read_or_refuse(data[:size]) in {whole, None}


@settings(max_examples=1000, deadline=1000)
@given(
    name=st.sampled_from(
        [
            "library-x86_64",
            "sectionless-x86_64",
            "object-x86_64",
            "library-s390x",
            "sectionless-i686",
        ]
    ),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    ),
)
def test_flipped_bytes(name: str, flips: list[tuple[float, int]]) -> None:
    data = bytearray(read(name))
    for place, value in flips:
        # The headers and tables are in the first half, most of it in a few bytes.
        data[int(place * place * len(data))] = value
    read_or_refuse(bytes(data))


@settings(max_examples=500, deadline=1000)
@given(
    file_class=st.integers(0, 3),
    byte_order=st.integers(0, 3),
    rest=st.binary(max_size=512),
)
def test_noise_behind_the_magic(file_class: int, byte_order: int, rest: bytes) -> None:
    read_or_refuse(b"\x7fELF" + bytes([file_class, byte_order]) + rest)


@pytest.mark.parametrize(
    ("name", "place", "value", "text"),
    [
        pytest.param(
            "library-x86_64",
            0,
            b"\x7fELV",
            "elf header: unknown class or byte order",
            id="magic",
        ),
        pytest.param(
            "library-x86_64",
            4,
            b"\3",
            "elf header: unknown class or byte order",
            id="class",
        ),
        pytest.param(
            "library-x86_64",
            5,
            b"\0",
            "elf header: unknown class or byte order",
            id="order",
        ),
        pytest.param(
            "library-x86_64",
            0x20,
            b"\xff" * 8,
            "program headers: incomplete",
            id="program headers",
        ),
        pytest.param(
            "library-x86_64",
            0x36,
            b"\0\0",
            "program headers: wrong size for this kind of file",
            id="program header size",
        ),
        pytest.param(
            "library-x86_64",
            0x48,
            b"\0\0\0\0\0\0\0\1",
            "segments: incomplete",
            id="first segment",
        ),
        pytest.param(
            "library-x86_64",
            0x28,
            b"\xff" * 8,
            "section headers: incomplete",
            id="section headers",
        ),
        pytest.param(
            "library-x86_64",
            0x3A,
            b"\0\0",
            "section headers: wrong size for this kind of file",
            id="section header size",
        ),
        pytest.param(
            "library-x86_64",
            0x3E,
            b"\xfe\xff",
            "section headers: incomplete",
            id="section names",
        ),
    ],
)
def test_hostile_header(name: str, place: int, value: bytes, text: str) -> None:
    data = bytearray(read(name))
    data[place : place + len(value)] = value
    with pytest.raises(MalformedError) as caught:
        read_elf(bytes(data))
    assert str(caught.value) == text


def test_section_count_in_the_first_section() -> None:
    """A file with 65280 sections or more says so outside the header."""
    data = bytearray(read("object-x86_64"))
    sections = int.from_bytes(data[0x28:0x30], "little")
    count, names = struct.unpack_from("<HH", data, 0x3C)
    struct.pack_into("<HH", data, 0x3C, 0, 0xFFFF)
    struct.pack_into("<QI", data, sections + 32, count, names)
    assert read_elf(bytes(data)) == read_elf(read("object-x86_64"))
    struct.pack_into("<Q", data, sections + 32, 1 << 62)
    with pytest.raises(MalformedError) as caught:
        read_elf(bytes(data))
    assert str(caught.value) == "section headers: incomplete"
