"""Follow dynamic sections made by hand: rare ones, and ones made to harm."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from checked_in_files import elf
from made_elf import (
    GLOBAL,
    GNU_HASH,
    HASH,
    HIDDEN,
    LOCAL,
    NEEDED,
    PAYLOAD,
    PROTECTED,
    SONAME,
    STRSZ,
    STRTAB,
    SYMTAB,
    UNIQUE,
    VERNEED,
    WEAK,
    linked,
    symbol,
)
from whole_images import read_elf

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.errors import MalformedError


def test_made_library() -> None:
    """The builder of the hostile files makes a good one, too."""
    payload = b"\0Py\xff\0b\0".ljust(8, b"\0") + symbol(1)
    tags = [(STRTAB, PAYLOAD), (STRSZ, 7), (SYMTAB, PAYLOAD + 8), (NEEDED, 5)]
    assert read_elf(linked(tags, payload)) == Image(
        format=BinaryFormat.ELF,
        machine="x86_64",
        imports=(Import("Py\\xff"),),
        libraries=("b",),
        symbol_table_stripped=True,
    )


def test_symbols_without_exports() -> None:
    """GNU ld leaves the hash table empty if nothing is exported."""
    strings, symbols = b"\0PyA\0".ljust(8, b"\0"), symbol(0) * 2 + symbol(1)
    hashes = struct.pack("<4IQ3I", 1, 1, 1, 0, 0, 0, 1, 1)
    tags = [
        (STRTAB, PAYLOAD),
        (STRSZ, 5),
        (SYMTAB, PAYLOAD + 8),
        (GNU_HASH, PAYLOAD + 8 + len(symbols)),
    ]
    image = read_elf(linked(tags, strings + symbols + hashes))
    assert image.imports == (Import("PyA"),)


@pytest.mark.parametrize("bindings", [(WEAK, GLOBAL), (GLOBAL, WEAK)])
def test_strong_import_decides(bindings: tuple[int, int]) -> None:
    """A name comes twice where it is wanted in two versions."""
    strings = b"\0PyA\0".ljust(8, b"\0")
    symbols = symbol(1, bindings[0]) + symbol(1, bindings[1])
    tags = [(STRTAB, PAYLOAD), (STRSZ, 5), (SYMTAB, PAYLOAD + 8)]
    assert read_elf(linked(tags, strings + symbols)).imports == (Import("PyA"),)


def test_what_others_can_bind_to() -> None:
    """Bindings, visibilities, and names that begin within one another."""
    strings = b"\0x_PyA\0not_at_all\0".ljust(24, b"\0")
    symbols = [
        symbol(3, LOCAL, section=1),
        symbol(2, UNIQUE, section=1),
        symbol(3, WEAK, PROTECTED, section=1),
        symbol(1, section=1),
        symbol(7, section=1),
    ]
    hidden = [symbol(3, visibility=HIDDEN, section=1)]
    tags = [(STRTAB, PAYLOAD), (STRSZ, 24), (SYMTAB, PAYLOAD + 24)]
    data = linked(tags, strings + b"".join(symbols))
    assert read_elf(data).exports == ("PyA", "_PyA")
    assert read_elf(linked(tags, strings + b"".join(hidden))).exports == ()


def test_wide_hash_table() -> None:
    """On s390x, the words of DT_HASH are of 64 bits by GNU ld."""
    data = bytearray(elf("sectionless-s390x"))
    at = data.index(GNU_HASH.to_bytes(8, "big"))
    _, _, tag, place = struct.unpack_from(">4Q", data, at)
    assert tag == HASH
    struct.pack_into(">4Q", data, at, HASH, place, HASH, place)
    struct.pack_into(">QQ", data, place, 1, 10)
    assert read_elf(bytes(data)) == read_elf(elf("library-s390x"))


def test_last_dynamic_segment_counts() -> None:
    data = elf("library-x86_64")
    stack = data.index((0x6474E551).to_bytes(4, "little"))
    empty = data[:stack] + b"\2\0\0\0" + data[stack + 4 :]
    with pytest.raises(MalformedError, match=r"^no dynamic section"):
        read_elf(empty)


def test_separate_debug_information_has_no_dynamic_section() -> None:
    image = read_elf(elf("only-debug-x86_64"))
    assert image.has_debug_information
    assert not image.is_shared_library


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
            "string table: a name that does not end",
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
            b"\0Py\0" + struct.pack("<II", 1, 0xFFFFFFFF),
            "dynamic symbols: incomplete",
            id="symbol count",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD + 4)],
            b"\0Py\0" + struct.pack("<4I", 0xFFFFFFFF, 1, 0xFFFFFFFF, 0),
            "hash table: incomplete",
            id="bucket count",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD + 4)],
            b"\0Py\0" + struct.pack("<4I", 1, 1, 0, 0) + struct.pack("<3I", 2, 4, 6),
            "hash table: incomplete",
            id="hash chain",
        ),
        pytest.param(
            [*NAMES, (SYMTAB, PAYLOAD), (GNU_HASH, PAYLOAD + 4)],
            b"\0Py\0" + struct.pack("<4I", 1, 1, 0, 0) + struct.pack("<I", 0xFFFFFFFF),
            "hash table: incomplete",
            id="last bucket",
        ),
        pytest.param(
            [(STRTAB, PAYLOAD), (STRSZ, 18), (VERNEED, PAYLOAD + 20)],
            # Each entry is a library and, four words on, a version of all before it.
            b"\0".ljust(17, b"a").ljust(20, b"\0")
            + struct.pack("<HHIII", 1, 1, 1, 16, 16) * 4000
            + struct.pack("<HHIII16x", 1, 1, 1, 16, 0),
            "version needs: more than the file can contain",
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


def test_names_that_overlap_need_no_memory() -> None:
    """Every symbol's name is the end of one long name: together gigabytes."""
    count = 30_000
    symbols = b"".join(symbol(2 * number + 1) for number in range(count))
    names = b"\0" + b"Py" * count + b"\0"
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
    assert str(caught.value) == "string table: more than the file can contain"
    assert peak < 8 << 20
