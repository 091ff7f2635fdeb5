"""Read the tables in the data of every format, and of damaged and hostile files."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from checked_in_files import bytes_of
from hypothesis import given
from hypothesis import strategies as st

from abi3build.binaries.cpython_contents import (
    DataTables,
    Method,
    ModuleTable,
    TypeMember,
    TypeTable,
)
from abi3build.errors import MalformedError
from abi3build.inspection.image_files import read_images

BINARIES = Path(__file__).parent.parent / "binaries" / "tables"

FILES = (
    "aarch64.elf",
    "arm64.dll",
    "chained-arm64.bundle.xz",
    "exported-x86_64.elf",
    "mixed-x86_64.elf",
    "relr-x86_64.elf",
    "s390x.elf",
    "x86_64.bundle.xz",
    "x86_64.dll",
    "x86_64.elf",
)
ANSWER = Method("answer", 1)
TABLES = DataTables(
    (ModuleTable("core", 0xFFFFFFFF, (2, 4), (ANSWER, Method("parse", 1))),),
    (
        TypeTable(
            name="core.Thing",
            basic_size=-8,
            flags=0x180,
            slots=(56, 64, 72, 83),
            empty_slots=(83,),
            methods=(ANSWER,),
            members=(TypeMember("number", 0), TypeMember("other", 8)),
        ),
    ),
)
FORMAT = "y#:parse"


def read(name: str) -> bytes:
    return bytes_of(f"tables/{name}")


def found(data: bytes) -> DataTables:
    (image,) = read_images(data)
    return image.tables


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    assert len(old) == len(new)
    return data.replace(old, new)


@pytest.mark.parametrize("name", FILES)
def test_every_format(name: str) -> None:
    (image,) = read_images(read(name))
    assert image.tables == TABLES
    assert image.formats == (() if name == "s390x.elf" else (FORMAT,))


def test_only_images_that_give_python_something_are_searched() -> None:
    data = read("x86_64.elf")
    data = data.replace(b"PyModuleDef_Init\0", b"PyModuleDef_Innt\0")
    data = data.replace(b"PyType_FromSpec\0", b"PyType_FromSpeck"[:15] + b"\0")
    assert found(data).modules == ()
    data = data.replace(b"PyType_FromSpec\0", b"PyType_FromSpoc\0")
    assert found(data) == DataTables()


HEAD = struct.pack("<Q32x", 0xFFFFFFFF)
SIZES = struct.pack("<iiII", -8, 0, 0x180, 0)
MEMBER = struct.pack("<iIqiI", 16, 0, 8, 8, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(HEAD, struct.pack("<Q32x", 7), id="another-reference-count"),
        pytest.param(
            HEAD, struct.pack("<QQ24x", 0xFFFFFFFF, 1), id="a-type-of-its-own"
        ),
    ],
)
def test_what_is_no_module(old: bytes, new: bytes) -> None:
    tables = found(replaced(read("x86_64.dll"), old, new))
    assert tables == DataTables(types=TABLES.types)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(SIZES, struct.pack("<iiII", -8, -1, 0x180, 0), id="item-size"),
        pytest.param(SIZES, struct.pack("<iiII", 1 << 20, 0, 0x180, 0), id="size"),
        pytest.param(SIZES, struct.pack("<iiII", -8, 0, 1 << 12, 0), id="flags"),
        pytest.param(SIZES, struct.pack("<iiII", -8, 0, 0x180, 1), id="padding"),
        pytest.param(MEMBER, struct.pack("<iIqiI", 21, 0, 8, 8, 0), id="member-kind"),
        pytest.param(MEMBER, struct.pack("<iIqiI", 16, 0, -1, 8, 0), id="offset"),
        pytest.param(MEMBER, struct.pack("<iIqiI", 16, 0, 8, 16, 0), id="member-flags"),
        pytest.param(b"core.Thing\0", b"core Thing\0", id="name"),
        pytest.param(b"core.Thing\0", b"core..hing\0", id="name-with-two-dots"),
        pytest.param(
            struct.pack("<QQ", 83, 0), struct.pack("<QQ", 111, 0), id="unknown-slot"
        ),
        pytest.param(
            struct.pack("<QQ", 83, 0), struct.pack("<QQ", 72, 0), id="slot-twice"
        ),
        pytest.param(
            struct.pack("<QQ", 83, 0), struct.pack("<QQ", 83, 5), id="no-pointer"
        ),
    ],
)
def test_what_is_no_type(old: bytes, new: bytes) -> None:
    tables = found(replaced(read("x86_64.dll"), old, new))
    assert tables == DataTables(modules=TABLES.modules)


@pytest.mark.parametrize("flags", [0, 0x401])
def test_what_is_no_method(flags: int) -> None:
    data = read("x86_64.dll")
    headers, rest = data[:1024], data[1024:]
    methods = rest.replace(struct.pack("<Q", 1), struct.pack("<Q", flags))
    assert found(headers + methods) == DataTables()


def test_only_a_text_that_the_code_takes_is_a_format() -> None:
    """The text is the end of another one now, and the code takes the same address."""
    data = read("x86_64.dll")
    (image,) = read_images(data.replace(b"\0y#:parse\0", b"\0y# parse\0"))
    assert image.formats == ()
    code = data.index(b"\x48\x8d\x15")
    (image,) = read_images(data[:code] + b"\x48\x8b" + data[code + 2 :])
    assert image.formats == ()


def test_parts_that_overlap_are_refused() -> None:
    """Each of 40 segments is the whole file, which has a megabyte."""
    data = read("x86_64.elf")
    (start,) = struct.unpack_from("<Q", data, 32)
    (count,) = struct.unpack_from("<H", data, 56)
    headers = data[start : start + count * 56]
    size = 1 << 20
    whole = struct.pack("<IIQQQQQQ", 1, 6, 0, 1 << 32, 0, size, size, 1)
    data = data[:32] + struct.pack("<Q", size) + data[40:]
    data = data[:56] + struct.pack("<H", count + 40) + data[58:]
    data = data.ljust(size, b"\0") + headers + 40 * whole
    with pytest.raises(
        MalformedError, match=r"^tables: more than the file can contain$"
    ):
        read_images(data)


@given(
    name=st.sampled_from(FILES),
    places=st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 255)), max_size=20),
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
        assert all(len(image.tables.types) <= 1 for image in images)
