"""Refuse PE files that are made to harm; read unusual ones."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from whole_images import read_pe

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.errors import MalformedError

ADDRESS = 0x1000
"""Where the one section of a made file lies in memory."""

EXPORTS, IMPORTS, DEBUG, BOUND, DELAYED = 0, 1, 6, 11, 13


def linked(directories: dict[int, tuple[int, int]], section: bytes) -> bytes:
    """Make a library of 64 bits; the directories lie in its only section."""
    places = [(0, 0)] * 16
    for number, (offset, size) in directories.items():
        places[number] = (ADDRESS + offset, size)
    headers = b"".join(
        [
            b"MZ".ljust(60, b"\0"),
            struct.pack("<I", 64),
            struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x2022),
            struct.pack("<H22xQII20xI44xI", 0x20B, 1 << 32, 4096, 512, 512, 16),
            *[struct.pack("<II", *place) for place in places],
            struct.pack("<8s4I16x", b".data", len(section), ADDRESS, len(section), 512),
        ]
    )
    return headers.ljust(512, b"\0") + section


def import_row(name: int, table: int) -> bytes:
    return struct.pack("<I8xII", table, name, table)


def test_names_among_many() -> None:
    """Qt's libraries have thousands; some names are not even text."""
    symbols = [f"?method@Class{number}@@QEAAXXZ" for number in range(10_000)]
    encoded = [symbol.encode() for symbol in symbols]
    encoded[100:100] = [b"Py a", b"_Py\xff", b"pyc", b"__Py", b""]
    names = b"".join(b"\0\0" + symbol + b"\0" for symbol in encoded)
    entries, place = [], ADDRESS
    for symbol in encoded:
        entries.append(place)
        place += len(symbol) + 3
    table = struct.pack(f"<{len(entries) + 1}Q", *entries, 0)
    rows = import_row(place + len(table), place) + bytes(20)
    section = names + table + b"Ws2_32.dll\0"
    image = read_pe(linked({IMPORTS: (len(section), 40)}, section + rows))
    assert image == Image(
        format=BinaryFormat.PE,
        machine="x86_64",
        imports=(Import("Py a", "Ws2_32.dll"), Import("_Py\\xff", "Ws2_32.dll")),
        libraries=("Ws2_32.dll",),
        symbol_table_stripped=True,
    )


def test_exports_are_found_as_the_loader_finds_them() -> None:
    """It halves the sorted table; a name out of its place it would not find."""
    listed = [b"A", b"PyB", b"PyInit_x", b"Z", b"_P", b"_Py_D", b"z", b"PyLost"]
    names = b"".join(name + b"\0" for name in listed)
    places = [ADDRESS + names.index(name) for name in listed]
    table = struct.pack(f"<{len(places)}I", *places)
    row = struct.pack("<12xI8xI4xI4x", ADDRESS, 8, ADDRESS + len(names))
    section = names + table + row
    image = read_pe(linked({EXPORTS: (len(names + table), 40)}, section))
    assert image.exports == ("PyB", "PyInit_x", "_Py_D")


def test_known_ordinals_stay_ordinals() -> None:
    """Some tools have a name for the first; only 16 bits of the other count."""
    table = struct.pack("<QQQ", 1 << 63 | 1, 1 << 63 | 0x5ABCD, 0)
    rows = import_row(ADDRESS + 24, ADDRESS) + bytes(20)
    section = table + b"ws2_32.dll\0\0" + rows
    assert read_pe(linked({IMPORTS: (36, 40)}, section)).imports == (
        Import("", "ws2_32.dll", ordinal=1),
        Import("", "ws2_32.dll", ordinal=0xABCD),
    )


@pytest.mark.parametrize(
    ("directories", "section", "text"),
    [
        pytest.param(
            {EXPORTS: (64, 0)},
            bytes(64),
            "export directory: an address outside the file",
            id="directory elsewhere",
        ),
        pytest.param(
            {EXPORTS: (60, 0)},
            bytes(64),
            "export directory: incomplete",
            id="directory at the end",
        ),
        pytest.param(
            {EXPORTS: (0, 40)},
            struct.pack("<12xI8xI4xI4x", ADDRESS + 40, 0xFFFFFFFF, ADDRESS),
            "export directory: incomplete",
            id="export count",
        ),
        pytest.param(
            {IMPORTS: (0, 20)},
            import_row(ADDRESS + 20, ADDRESS + 24) + b"ab",
            "import directory: a name that does not end",
            id="library name",
        ),
        pytest.param(
            {IMPORTS: (0, 20)},
            import_row(ADDRESS + 18, ADDRESS),
            "import directory: incomplete",
            id="no last row",
        ),
        pytest.param(
            {IMPORTS: (0, 20)},
            import_row(ADDRESS + 40, ADDRESS + 44)
            + bytes(20)
            + struct.pack("<4sQ8x", b"dll", 0x7FFFFFFFFFFFFFFF),
            "import table: an address outside the file",
            id="symbol elsewhere",
        ),
        pytest.param(
            {DELAYED: (0, 32)},
            struct.pack("<II8xI12x", 0, ADDRESS, ADDRESS),
            "delayed import directory: an address outside the file",
            id="delayed from before the image",
        ),
        pytest.param(
            {BOUND: (0, 8)},
            struct.pack("<4xH2x", 0xFFFF),
            "bound import directory: an address outside the file",
            id="bound library name",
        ),
        pytest.param(
            {DEBUG: (0, 0xFFFFFFFF)},
            bytes(28),
            "debug directory: incomplete",
            id="debug directory",
        ),
        pytest.param(
            {IMPORTS: (2000 * 8 + 16, 0)},
            struct.pack("<QQ", 1 << 63, 1 << 63) * 1000
            + struct.pack("<Q4s4x", 0, b"dll")
            + import_row(ADDRESS + 16008, ADDRESS) * 2000
            + bytes(20),
            "import table: more than the file can contain",
            id="libraries that share a table",
        ),
    ],
)
def test_hostile_directories(
    directories: dict[int, tuple[int, int]], section: bytes, text: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        read_pe(linked(directories, section))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        pytest.param(0, b"NE", "pe header: unknown kind", id="magic"),
        pytest.param(0x3C, b"\xff" * 4, "pe header: incomplete", id="header elsewhere"),
        pytest.param(64, b"PE\1\0", "pe header: unknown kind", id="signature"),
        pytest.param(70, b"\xff\xff", "sections: incomplete", id="section count"),
        pytest.param(
            88, b"\7\1", "pe header: unknown kind", id="neither 32 nor 64 bits"
        ),
        pytest.param(344, b"\xff\xff", "sections: incomplete", id="section size"),
    ],
)
def test_hostile_header(place: int, value: bytes, text: str) -> None:
    data = bytearray(linked({}, bytes(512)))
    read_pe(bytes(data))
    data[place : place + len(value)] = value
    with pytest.raises(MalformedError) as caught:
        read_pe(bytes(data))
    assert str(caught.value) == text


def test_names_that_overlap_need_no_memory() -> None:
    """Each name is the end of one long name: gigabytes if taken at its word."""
    count = 30_000
    names = b"Py" * count + b"\0"
    table = struct.pack(f"<{count}I", *range(ADDRESS, ADDRESS + 2 * count, 2))
    row = struct.pack("<12xI8xI4xI4x", ADDRESS, count, ADDRESS + len(names))
    section = names + table + row
    data = linked({EXPORTS: (len(section) - 40, 40)}, section)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError) as caught:
            read_pe(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(caught.value) == "export directory: more than the file can contain"
    assert peak < 5 << 20
