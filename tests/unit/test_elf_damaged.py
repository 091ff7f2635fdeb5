"""Refuse ELF files that are cut, damaged or made to harm."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi3build.binaries.elf import read_elf
from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.errors import MalformedError

BINARIES = Path(__file__).parent.parent / "binaries" / "linux"


def read(name: str) -> bytes:
    return (BINARIES / f"{name}.elf").read_bytes()


def read_or_refuse(data: bytes) -> Image | None:
    """Give the image, or nothing where the reader refuses in the agreed way."""
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


# Tags of the dynamic section
NEEDED, STRTAB, SYMTAB, STRSZ, HASH, SONAME = 1, 5, 6, 10, 4, 14
GNU_HASH, VERNEED = 0x6FFFFEF5, 0x6FFFFFFE
GLOBAL, WEAK = 1, 2
PAYLOAD = 0x1000


def linked(tags: list[tuple[int, int]], payload: bytes) -> bytes:
    """Make a library whose one segment is the file, with a payload at 0x1000."""
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in [*tags, (0, 0)])
    size = PAYLOAD + len(payload)
    return b"".join(
        [
            b"\x7fELF\2\1\1".ljust(16, b"\0"),
            struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0),
            struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 8),
            struct.pack("<IIQQQQQQ", 2, 4, 176, 176, 0, *[len(dynamic)] * 2, 8),
            dynamic.ljust(PAYLOAD - 176, b"\0"),
            payload,
        ]
    )


def symbol(name: int, binding: int = GLOBAL) -> bytes:
    """Make an undefined symbol."""
    return struct.pack("<IBBHQQ", name, binding << 4, 0, 0, 0, 0)


def test_made_library() -> None:
    """The builder of the hostile files makes a good one, too."""
    payload = b"\0\xff\0b\0".ljust(8, b"\0") + symbol(1)
    tags = [(STRTAB, PAYLOAD), (STRSZ, 5), (SYMTAB, PAYLOAD + 8), (NEEDED, 3)]
    assert read_elf(linked(tags, payload)) == Image(
        format=BinaryFormat.ELF,
        machine="x86_64",
        imports=(Import("\\xff"),),
        libraries=("b",),
        symbol_table_stripped=True,
    )


def test_symbols_without_exports() -> None:
    """GNU ld leaves the hash table empty where nothing is exported."""
    strings, symbols = b"\0abc\0".ljust(8, b"\0"), symbol(0) + symbol(1)
    hashes = struct.pack("<4IQ3I", 1, 1, 1, 0, 0, 0, 1, 1)
    tags = [
        (STRTAB, PAYLOAD),
        (STRSZ, 5),
        (SYMTAB, PAYLOAD + 8),
        (GNU_HASH, PAYLOAD + 8 + len(symbols)),
    ]
    image = read_elf(linked(tags, strings + symbols + hashes))
    assert image.imports == (Import("abc"),)


@pytest.mark.parametrize("bindings", [(WEAK, GLOBAL), (GLOBAL, WEAK)])
def test_strong_import_decides(bindings: tuple[int, int]) -> None:
    """A name comes twice where it is wanted in two versions."""
    strings = b"\0abc\0".ljust(8, b"\0")
    symbols = symbol(1, bindings[0]) + symbol(1, bindings[1])
    tags = [(STRTAB, PAYLOAD), (STRSZ, 5), (SYMTAB, PAYLOAD + 8)]
    assert read_elf(linked(tags, strings + symbols)).imports == (Import("abc"),)


def test_wide_hash_table() -> None:
    """On s390x, the words of DT_HASH are of 64 bits by GNU ld."""
    data = bytearray(read("sectionless-s390x"))
    at = data.index(GNU_HASH.to_bytes(8, "big"))
    (place,) = struct.unpack_from(">Q", data, at + 8)
    struct.pack_into(">Q", data, at, HASH)
    struct.pack_into(">QQ", data, place, 1, 10)
    assert read_elf(bytes(data)) == read_elf(read("library-s390x"))


def test_last_dynamic_segment_counts() -> None:
    data = read("library-x86_64")
    stack = data.index((0x6474E551).to_bytes(4, "little"))
    empty = data[:stack] + b"\2\0\0\0" + data[stack + 4 :]
    assert not read_elf(empty).libraries


NAMES = [(STRTAB, PAYLOAD), (STRSZ, 4)]


@pytest.mark.parametrize(
    ("tags", "payload", "text"),
    [
        pytest.param(
            [(STRTAB, 1 << 63)],
            b"",
            "dynamic section: DT_STRTAB points outside the file",
            id="address",
        ),
        pytest.param(
            [(STRTAB, PAYLOAD), (STRSZ, 1 << 63)],
            b"\0",
            "string table: incomplete",
            id="string table size",
        ),
        pytest.param(
            [*NAMES, (NEEDED, 4)],
            b"\0a\0\0b\0",
            "string table: incomplete",
            id="library name",
        ),
        pytest.param(
            [*NAMES, (SONAME, 1)],
            b"\0abc\0",
            "string table: a name without an end",
            id="name without an end",
        ),
        pytest.param(
            [(NEEDED, 0)],
            b"",
            "string table: incomplete",
            id="no string table",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD + 4), (HASH, PAYLOAD + 4)],
            b"\0a\0\0" + struct.pack("<II", 1, 0xFFFFFFFF),
            "dynamic symbols: incomplete",
            id="symbol count",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD)],
            struct.pack("<4I", 0xFFFFFFFF, 1, 0xFFFFFFFF, 0),
            "hash table: incomplete",
            id="bucket count",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD)],
            struct.pack("<4I", 1, 1, 0, 0) + struct.pack("<3I", 2, 4, 6),
            "hash table: incomplete",
            id="hash chain",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD)],
            struct.pack("<4I", 1, 1, 0, 0) + struct.pack("<I", 0xFFFFFFFF),
            "hash table: incomplete",
            id="last bucket",
        ),
        pytest.param(
            [(STRTAB, PAYLOAD), (STRSZ, 18), (VERNEED, PAYLOAD + 20)],
            # Each entry is a library and, four words on, a version of all before it.
            b"\0".ljust(17, b"a").ljust(20, b"\0")
            + struct.pack("<HHIII", 1, 1, 1, 16, 16) * 4000,
            "version needs: more than the file can hold",
            id="versions that overlap",
        ),
        pytest.param(
            [*NAMES, (VERNEED, PAYLOAD + 4)],
            b"\0a\0\0" + struct.pack("<HHIII", 1, 1, 1, 0xFFFFFFFF, 0),
            "version needs: incomplete",
            id="versions elsewhere",
        ),
    ],
)
def test_hostile_dynamic_section(
    tags: list[tuple[int, int]], payload: bytes, text: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        read_elf(linked(tags, payload))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("name", "place", "value", "text"),
    [
        pytest.param(
            "library-x86_64",
            0,
            b"\x7fELV",
            "elf header: incomplete or damaged",
            id="magic",
        ),
        pytest.param(
            "library-x86_64", 4, b"\3", "elf header: incomplete or damaged", id="class"
        ),
        pytest.param(
            "library-x86_64", 5, b"\0", "elf header: incomplete or damaged", id="order"
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
            "program headers: not of the size for this kind of file",
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
            "section headers: not of the size for this kind of file",
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


def test_too_many_program_headers() -> None:
    data = bytearray(linked([], bytes(5000 * 56)))
    data[0x38:0x3A] = (5000).to_bytes(2, "little")
    with pytest.raises(MalformedError) as caught:
        read_elf(bytes(data))
    assert str(caught.value) == "program headers: more than the file can hold"


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


def test_names_that_overlap_need_no_memory() -> None:
    """Every symbol's name is the end of one long name: together gigabytes."""
    count, size = 60_000, 60_000
    symbols = b"".join(symbol(name) for name in range(1, count + 1))
    names = b"\0" + b"x" * size + b"\0"
    tags = [
        (SYMTAB, PAYLOAD),
        (STRTAB, PAYLOAD + len(symbols)),
        (STRSZ, len(names)),
    ]
    data = linked(tags, symbols + names)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError) as caught:
            read_elf(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(caught.value) == "string table: more than the file can hold"
    assert peak < 3 * len(data)
