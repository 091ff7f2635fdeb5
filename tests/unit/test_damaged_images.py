"""Images that are cut, changed or made up: each is read, or refused in a short line."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import pytest
from checked_in_files import bytes_of
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_images import read_elf, read_macho, read_pe

from abi3build.binaries.image import BinaryFormat
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from abi3build.binaries.image import Image

NEAR = 8
"""Bytes so near to one that is not zero belong to what is written."""


class Kind(NamedTuple):
    """Say how files of one format are read and how they begin."""

    format: BinaryFormat
    read: Callable[[bytes], Sequence[Image]]
    samples: tuple[str, ...]
    beginnings: tuple[bytes, ...]


KINDS = {
    "elf": Kind(
        BinaryFormat.ELF,
        lambda data: [read_elf(data)],
        (
            "linux/library-x86_64.elf",
            "linux/sectionless-x86_64.elf",
            "linux/object-x86_64.elf",
            "linux/library-s390x.elf",
            "linux/sectionless-i686.elf",
        ),
        tuple(
            b"\x7fELF" + bytes([size, order]) for size in range(4) for order in range(4)
        ),
    ),
    "pe": Kind(
        BinaryFormat.PE,
        lambda data: [read_pe(data)],
        (
            "windows/stable-x86_64.dll",
            "windows/delayed-i686.dll",
            "windows/ordinals-x86_64.dll",
            "windows/forwarders-x86_64.dll",
            "windows/dwarf-x86_64.dll",
        ),
        (b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0",),
    ),
    "macho": Kind(
        BinaryFormat.MACH_O,
        read_macho,
        (
            "macos/bundle-x86_64.bundle",
            "macos/chained-arm64.bundle",
            "macos/framework-x86_64.dylib",
            "macos/universal.bundle",
            "macos/universal64.bundle",
            "macos/object-i386.o",
            "macos/object-arm64.o",
        ),
        (
            b"\xfe\xed\xfa\xce",
            b"\xce\xfa\xed\xfe",
            b"\xfe\xed\xfa\xcf",
            b"\xcf\xfa\xed\xfe",
            b"\xca\xfe\xba\xbe",
            b"\xca\xfe\xba\xbf",
        ),
    ),
}

each_kind = pytest.mark.parametrize("kind", KINDS)


def written(data: bytes) -> list[int]:
    """Return the places that are no mere padding, of which there are far more."""
    places: set[int] = set()
    for place, byte in enumerate(data):
        if byte:
            places.update(range(place - NEAR, place + NEAR))
    return sorted(places.intersection(range(len(data))))


SAMPLES = {
    kind: [(data, written(data)) for data in map(bytes_of, KINDS[kind].samples)]
    for kind in KINDS
}


def read_or_refuse(kind: str, data: bytes) -> Sequence[Image] | None:
    """Return the images, or nothing if the reader refuses in the agreed way."""
    try:
        images = KINDS[kind].read(data)
    except MalformedError as error:
        assert 0 < len(str(error)) < 80  # noqa: PT017 - both outcomes are right
        return None
    assert {image.format for image in images} <= {KINDS[kind].format}
    return images


@each_kind
@settings(max_examples=500, deadline=1000)
@given(
    number=st.integers(0, 6),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    ),
)
def test_flipped_bytes(kind: str, number: int, flips: list[tuple[float, int]]) -> None:
    whole, places = SAMPLES[kind][number % len(SAMPLES[kind])]
    data = bytearray(whole)
    for place, value in flips:
        # The headers and most tables are near the beginning.
        data[places[int(place * place * len(places))]] = value
    read_or_refuse(kind, bytes(data))


@each_kind
@settings(max_examples=300, deadline=1000)
@given(number=st.integers(0, 15), rest=st.binary(max_size=512))
def test_noise_behind_the_magic(kind: str, number: int, rest: bytes) -> None:
    beginnings = KINDS[kind].beginnings
    read_or_refuse(kind, beginnings[number % len(beginnings)] + rest)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("elf", "linux/object-x86_64.elf"),
        ("elf", "linux/library-i686.elf"),
        ("pe", "windows/delayed-i686.dll"),
        ("macho", "macos/object-arm64.o"),
        ("macho", "macos/object-i386.o"),
        ("macho", "macos/framework-x86_64.dylib"),
        ("macho", "macos/chained-arm64.bundle"),
        ("macho", "macos/universal.bundle"),
    ],
)
def test_truncated_anywhere(kind: str, name: str) -> None:
    data = bytes_of(name)
    # Between the headers and the last page of a library there are mostly zeros.
    many = len(data) > 16384
    step = 64 if many else 1
    for size in (*range(4096), *range(4096, len(data), step), len(data) - 1):
        if size < len(data):
            assert read_or_refuse(kind, data[:size]) is None


def test_truncated_anywhere_without_section_headers() -> None:
    """What follows the last segment may be missing, as nothing refers to it."""
    data = bytes_of("linux/sectionless-aarch64.elf")
    whole = read_or_refuse("elf", data)
    for size in range(len(data)):
        assert read_or_refuse("elf", data[:size]) in (whole, None)
