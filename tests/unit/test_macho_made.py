"""Read and refuse Mach-O files that are made for one case each."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from whole_images import read_macho

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.errors import MalformedError

DYLIB, DYLD_INFO, SEGMENT, SYMTAB = 0xC, 0x22, 0x19, 0x2
EXPORTS_TRIE, CHAINED_FIXUPS = 0x80000033, 0x80000034
PAYLOAD = 0x400


def load(kind: int, *fields: int, text: bytes = b"", byte_order: str = "<") -> bytes:
    """Make a load command."""
    size = 8 + 4 * len(fields) + len(text)
    return struct.pack(f"{byte_order}{2 + len(fields)}I", kind, size, *fields) + text


def linked(commands: list[bytes], payload: bytes, *, big_endian: bool = False) -> bytes:
    """Make a bundle for PowerPC with a payload at 0x400.

    It is big-endian and of 32 bits or little-endian and of 64 bits.
    """
    fields = (18, 0, 8, len(commands), sum(map(len, commands)), 0x80)
    if big_endian:
        header = struct.pack(">7I", 0xFEEDFACE, *fields)
    else:
        header = struct.pack("<8I", 0xFEEDFACF, *fields, 0)
    return b"".join([header, *commands]).ljust(PAYLOAD, b"\0") + payload


@pytest.mark.parametrize("local", [0, 200], ids=["few-local", "mostly-local"])
def test_big_endian_of_32_bits(local: int) -> None:
    """Where most symbols are local, the others are looked for in another way."""
    names = b"\0_PyA\0__PyB\0_PyPlain\0_PyHidden\0_Py\xff\0Py_without\0_other\0"
    symbols = [
        struct.pack(">IBBHI", *symbol)
        for symbol in [
            (1, 0x01, 0, 0x0100, 0),  # undefined, from the first library
            (6, 0x01, 0, 0xFE40, 0),  # undefined and weak, from anywhere
            (12, 0x0F, 1, 0, 16),  # defined
            (21, 0x1F, 1, 0, 16),  # defined, private
            (31, 0x01, 0, 0, 8),  # common
            (1, 0x0E, 1, 0, 8),  # local
            (36, 0x0F, 1, 0, 16),  # without the underscore of C
            (47, 0x0F, 1, 0, 16),  # not CPython's by its name
            (99, 0x24, 1, 0, 8),  # for the debugger, whose names are not looked at
            (54, 0x0F, 1, 0, 16),  # behind the table of names
            *[(0, 0x0E, 1, 0, 8)] * local,
        ]
    ]
    size = 12 * len(symbols)
    commands = [
        load(DYLIB, 24, 0, 0, 0, text=b"/lib/one".ljust(12, b"\0"), byte_order=">"),
        load(
            SYMTAB,
            PAYLOAD,
            len(symbols),
            PAYLOAD + size,
            len(names),
            byte_order=">",
        ),
    ]
    payload = b"".join(symbols) + names + b"_PyBehind\0"
    data = linked(commands, payload, big_endian=True)
    assert read_macho(data) == (
        Image(
            format=BinaryFormat.MACH_O,
            machine="ppc",
            imports=(Import("PyA", "/lib/one"), Import("_PyB", weak=True)),
            exports=("PyPlain", "Py\\xff"),
            libraries=("/lib/one",),
        ),
    )


LIBRARIES = [load(DYLIB, 24, 0, 0, 0, text=b"/lib/one".ljust(16, b"\0"))] * 2


def fixups(kind: int, entries: bytes, names: bytes, compression: int = 0) -> bytes:
    """Make chained fixups without chains."""
    count = len(entries) // {1: 4, 2: 8, 3: 16}.get(kind, 1)
    places = (0, 0, 28, 28 + len(entries), count, kind, compression)
    return struct.pack("<7I", *places) + entries + names


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        pytest.param(
            1,
            struct.pack("<4I", 2, 0xFF | 5 << 9, 0xFE | 1 << 8 | 10 << 9, 0xFD),
            id="plain",
        ),
        pytest.param(
            2,
            struct.pack(
                "<8I", 2, 9, 0xFF | 5 << 9, 9, 0xFE | 1 << 8 | 10 << 9, 9, 253, 9
            ),
            id="with addend",
        ),
        pytest.param(
            3,
            struct.pack(
                "<8Q", 2, 9, 0xFFFF | 5 << 32, 9, 0x1FFFE | 10 << 32, 9, 0xFFFD, 9
            ),
            id="with addend of 64 bits",
        ),
    ],
)
def test_chained_fixups(kind: int, entries: bytes) -> None:
    """The last is one of the image's own definitions in C++."""
    payload = fixups(kind, entries, b"_PyA\0_PyB\0_PyC\0")
    commands = [*LIBRARIES, load(CHAINED_FIXUPS, PAYLOAD, len(payload))]
    assert read_macho(linked(commands, payload)) == (
        Image(
            format=BinaryFormat.MACH_O,
            machine="ppc",
            imports=(
                Import("PyA", "/lib/one"),
                Import("PyB"),
                Import("PyC", weak=True),
            ),
            libraries=("/lib/one",),
            symbol_table_stripped=True,
        ),
    )


def test_export_trie() -> None:
    """Symbols at inner nodes, a longer number, a branch that is not followed."""
    trie = b"\0\2_P\0\x0bzz\0\xff\x01\0\1y\0\x10\2\0\0\1b\0\x98\x00\1\0\0"
    commands = [load(DYLD_INFO, *[0] * 8, PAYLOAD, len(trie))]
    assert [image.exports for image in read_macho(linked(commands, trie))] == [
        ("Py", "Pyb")
    ]


@pytest.mark.parametrize(
    ("command", "payload", "text"),
    [
        pytest.param(
            struct.pack("<II", 0x1B, 4),
            b"",
            "load commands: one has the wrong size",
            id="command too small",
        ),
        pytest.param(
            struct.pack("<II", 0x1B, 16),
            b"",
            "load commands: one has the wrong size",
            id="command too large",
        ),
        pytest.param(
            load(SEGMENT, *[0] * 8, PAYLOAD, 0, 1, *[0] * 5),
            b"",
            "segments: incomplete",
            id="segment elsewhere",
        ),
        pytest.param(
            load(SEGMENT, *[0] * 14, 1, 0),
            b"",
            "segments: incomplete",
            id="sections outside the command",
        ),
        pytest.param(
            load(DYLIB, 24, 0, 0, 0, text=b"/lib/two"),
            b"\0",
            "library name: a name that does not end",
            id="library name",
        ),
        pytest.param(
            load(SYMTAB, PAYLOAD, 2, PAYLOAD, 1),
            bytes(16),
            "symbol table: incomplete",
            id="symbol table",
        ),
        pytest.param(
            load(SYMTAB, PAYLOAD, 1, PAYLOAD, 17),
            bytes(16),
            "string table: incomplete",
            id="string table",
        ),
        pytest.param(
            load(SYMTAB, PAYLOAD, 1, PAYLOAD + 16, 3),
            struct.pack("<IBBHQ", 0, 1, 0, 0, 0) + b"_Py",
            "string table: a name that does not end",
            id="symbol name",
        ),
        pytest.param(
            load(SYMTAB, PAYLOAD, 1, PAYLOAD + 16, 5),
            struct.pack("<IBBHQ", 0, 1, 0, 0x0300, 0) + b"_PyA\0",
            "symbols: from a library that the image does not load",
            id="library number",
        ),
        pytest.param(
            load(CHAINED_FIXUPS, PAYLOAD, 28),
            fixups(4, b"", b""),
            "chained fixups: a format that macOS does not load",
            id="format of fixups",
        ),
        pytest.param(
            load(CHAINED_FIXUPS, PAYLOAD, 28),
            fixups(1, b"", b"", 1),
            "chained fixups: a format that macOS does not load",
            id="compressed names",
        ),
        pytest.param(
            load(CHAINED_FIXUPS, PAYLOAD, 35),
            fixups(1, struct.pack("<I", 0), b"_Py"),
            "chained fixups: a name that does not end",
            id="name in fixups",
        ),
        pytest.param(
            load(CHAINED_FIXUPS, PAYLOAD, 28),
            struct.pack("<7I", 0, 0, 28, 29, 0, 1, 0),
            "chained fixups: incomplete",
            id="names of fixups",
        ),
        pytest.param(
            load(EXPORTS_TRIE, PAYLOAD, 1),
            b"\0\0",
            "export trie: incomplete",
            id="trie without edges",
        ),
        pytest.param(
            load(EXPORTS_TRIE, PAYLOAD, 12),
            b"\xff" * 12,
            "export trie: a number that does not end",
            id="number in trie",
        ),
        pytest.param(
            load(EXPORTS_TRIE, PAYLOAD, 5),
            b"\0\1_\0\0",
            "export trie: a node is reached twice",
            id="trie with a circle",
        ),
    ],
)
def test_hostile_commands(command: bytes, payload: bytes, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_macho(linked([*LIBRARIES, command], payload))
    assert str(caught.value) == text


def universal(*slices: tuple[int, int]) -> bytes:
    """Make the header of a universal file."""
    places = b"".join(struct.pack(">5I", 7, 3, *place, 0) for place in slices)
    return b"\xca\xfe\xba\xbe" + struct.pack(">I", len(slices)) + places


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "mach-o header: not a mach-o image", id="empty"),
        pytest.param(b"MZ\0\0", "mach-o header: not a mach-o image", id="magic"),
        pytest.param(
            struct.pack("<8I", 0xFEEDFACF, 7, 3, 6, 0xFFFFFFFF, 0, 0, 0),
            "load commands: incomplete",
            id="command count",
        ),
        pytest.param(universal()[:4], "universal header: incomplete", id="no count"),
        pytest.param(
            universal(), "universal header: invalid number of slices", id="no slices"
        ),
        pytest.param(
            b"\xca\xfe\xba\xbe\0\0\0\x34",
            "universal header: invalid number of slices",
            id="Java class",
        ),
        pytest.param(universal((48, 4)), "slice: incomplete", id="slice elsewhere"),
        pytest.param(
            universal((48, 8), (52, 8)) + bytes(12),
            "universal header: slices overlap",
            id="slices overlap",
        ),
        pytest.param(
            universal((28, 2)) + b"\xfe\xed\xfa\xcf",
            "mach-o header: not a mach-o image",
            id="slice within a header",
        ),
    ],
)
def test_hostile_header(data: bytes, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_macho(data)
    assert str(caught.value) == text


def deep_trie(depth: int) -> bytes:
    """Make a trie of names that are each one letter longer than the last."""
    nodes = b"\0\1_Py\0\7"
    for number in range(1, depth + 1):
        node = 7 * (number + 1)
        place = bytes([node & 0x7F | 0x80, node >> 7 & 0x7F | 0x80, node >> 14])
        nodes += b"\0\1x\0" + place
    return nodes + b"\0\0"


def giant_name(count: int) -> tuple[bytes, bytes]:
    """Make symbols whose names are the ends of one long name."""
    places = range(0, 3 * count, 3)
    table = b"".join(struct.pack("<IBBHQ", place, 1, 0, 0, 0) for place in places)
    names = b"_Py" * count + b"\0"
    command = load(SYMTAB, PAYLOAD, count, PAYLOAD + len(table), len(names))
    return command, table + names


@pytest.mark.parametrize(
    ("command", "payload", "text"),
    [
        pytest.param(
            *giant_name(20_000),
            "string table: more than the file can contain",
            id="symbol table",
        ),
        pytest.param(
            load(EXPORTS_TRIE, PAYLOAD, 7 * 60_001 + 2),
            deep_trie(60_000),
            "export trie: more than the file can contain",
            id="export trie",
        ),
    ],
)
def test_names_that_overlap_need_no_memory(
    command: bytes, payload: bytes, text: str
) -> None:
    """They would be gigabytes if the file were taken at its word."""
    data = linked([command], payload)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError) as caught:
            read_macho(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(caught.value) == text
    assert peak < 8 << 20
