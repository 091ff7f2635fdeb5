"""Refuse ELF files whose headers say what cannot be."""

from __future__ import annotations

import struct

import pytest
from checked_in_files import elf
from whole_images import read_elf

from abi3build.errors import MalformedError


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
    data = bytearray(elf(name))
    data[place : place + len(value)] = value
    with pytest.raises(MalformedError) as caught:
        read_elf(bytes(data))
    assert str(caught.value) == text


def test_section_count_in_the_first_section() -> None:
    """A file with 65280 sections or more says so outside the header."""
    data = bytearray(elf("object-x86_64"))
    sections = int.from_bytes(data[0x28:0x30], "little")
    count, names = struct.unpack_from("<HH", data, 0x3C)
    struct.pack_into("<HH", data, 0x3C, 0, 0xFFFF)
    struct.pack_into("<QI", data, sections + 32, count, names)
    assert read_elf(bytes(data)) == read_elf(elf("object-x86_64"))
    struct.pack_into("<Q", data, sections + 32, 1 << 62)
    with pytest.raises(MalformedError) as caught:
        read_elf(bytes(data))
    assert str(caught.value) == "section headers: incomplete"
