"""Read what modules made from slots say of their ABI, from every format."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from checked_in_files import bytes_of
from hypothesis import given
from hypothesis import strategies as st

from abi3build.binaries.cpython_contents import AbiInformation
from abi3build.errors import MalformedError
from abi3build.inspection.image_files import read_images

BINARIES = Path(__file__).parent.parent / "binaries" / "slots"

FILES = (
    "aarch64.elf",
    "arm64.dll",
    "chained-arm64.bundle.xz",
    "exported-x86_64.elf",
    "i686.dll",
    "i686.elf",
    "relr-x86_64.elf",
    "s390x.elf",
    "x86_64.bundle.xz",
    "x86_64.dll",
    "x86_64.elf",
)
BOTH_KINDS = AbiInformation(flags=7, build_version=0x030F02F0, abi_version=0x030F0000)
EXPORT = b"PyModExport_sample\0"
INFORMATION = struct.pack("<BBHII", 1, 0, 7, 0x030F02F0, 0x030F0000)
SLOT = struct.pack("<HHI", 109, 2, 0)
"""``Py_mod_abi`` with ``PySlot_STATIC``; the pointer comes after it."""


def read(name: str) -> bytes:
    return bytes_of(f"slots/{name}")


def found(data: bytes) -> tuple[AbiInformation, ...]:
    (image,) = read_images(data)
    return image.abi_information


def replaced(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


@pytest.mark.parametrize("name", FILES)
def test_every_format(name: str) -> None:
    assert found(read(name)) == (BOTH_KINDS,)


@pytest.mark.parametrize("name", ["x86_64.elf", "x86_64.dll", "x86_64.bundle.xz"])
def test_other_images_are_not_searched(name: str) -> None:
    assert found(read(name).replace(EXPORT, b"PyModImport_sample\0")) == ()


@pytest.mark.parametrize(
    ("information", "expected"),
    [
        pytest.param(
            struct.pack("<BBHII", 1, 9, 3, 0x03100000, 0x03100000),
            (AbiInformation(3, 0x03100000, 0x03100000),),
            id="later-minor-version",
        ),
        pytest.param(INFORMATION.replace(b"\1", b"\2", 1), (), id="later-layout"),
        pytest.param(bytes(12), (), id="nothing"),
    ],
)
def test_another_content(
    information: bytes, expected: tuple[AbiInformation, ...]
) -> None:
    data = read("relr-x86_64.elf")
    assert found(replaced(data, data.index(INFORMATION), information)) == expected


@pytest.mark.parametrize("pointer", [0, 1, 2**64 - 1])
def test_a_pointer_out_of_the_file_points_to_nothing(pointer: int) -> None:
    data = read("x86_64.dll")
    place = data.index(SLOT) + 8
    assert found(replaced(data, place, struct.pack("<Q", pointer))) == ()


def test_a_pointer_to_another_library_is_not_followed() -> None:
    data = read("chained-arm64.bundle.xz")
    place = data.index(SLOT) + 15
    assert found(replaced(data, place, bytes([data[place] | 0x80]))) == ()


@pytest.mark.parametrize(
    ("shift", "expected"), [(0, (BOTH_KINDS,)), (4, ()), (8, (BOTH_KINDS,))]
)
def test_a_slot_is_aligned(shift: int, expected: tuple[AbiInformation, ...]) -> None:
    """The sample's own slot gets another number, and a copy is put behind the data."""
    data = read("x86_64.dll")
    place = data.index(SLOT)
    slot = data[place : place + 16]
    free = place + 128
    assert not any(data[free : free + 32])
    data = replaced(replaced(data, place, b"\x6e"), free + shift, slot)
    assert found(data) == expected


def test_parts_that_overlap_are_refused() -> None:
    """Each of 40 segments is the whole file, which has a megabyte."""
    data = read("x86_64.elf")
    (start,) = struct.unpack_from("<Q", data, 32)
    (count,) = struct.unpack_from("<H", data, 56)
    headers = data[start : start + count * 56]
    size = 1 << 20
    whole = struct.pack("<IIQQQQQQ", 1, 6, 0, 1 << 32, 0, size, size, 1)
    data = replaced(data, 32, struct.pack("<Q", size))
    data = replaced(data, 56, struct.pack("<H", count + 40))
    data = data.ljust(size, b"\0") + headers + 40 * whole
    with pytest.raises(
        MalformedError, match=r"^slots: more than the file can contain$"
    ):
        read_images(data)


def test_each_answer_comes_once() -> None:
    """The other slot of the sample points elsewhere; now both have one answer."""
    data = read("x86_64.dll")
    right = data.index(SLOT) + 8
    other = data.index(struct.pack("<HHI", 109, 0, 0), right - 24) + 8
    assert found(replaced(data, other, data[right : right + 8])) == (BOTH_KINDS,)


@given(
    name=st.sampled_from(FILES),
    places=st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), max_size=20),
)
def test_damage_is_refused_or_read(name: str, places: list[tuple[int, int]]) -> None:
    data = bytearray(read(name))
    for place, value in places:
        data[place % len(data)] = value
    try:
        images = read_images(bytes(data))
    except MalformedError as error:
        assert 0 < len(str(error)) < 80  # noqa: PT017 - both outcomes are right
    else:
        assert all(len(image.abi_information) <= 2 for image in images)
