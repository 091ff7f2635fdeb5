"""Where objects of every format use a symbol: source, line, function."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.evidence.origins import find_origins, uses_in

SAMPLE = Path(__file__).parents[1] / "binaries" / "origins" / "objects.tar.xz"
INLINE, OWN, DATA = "_Py_IsFinalizing", "PyUnicode_AsUTF8", "PyLong_Type"
SYMBOLS = {INLINE, OWN, DATA}

DWARF = {
    INLINE: ["uses.h:3 in encode()"],
    OWN: ["uses.c:13 in quiet()"],
    DATA: ["in types"],
}
CODEVIEW = {
    INLINE: ["uses.c:18 in encode()"],
    OWN: ["uses.c:13 in quiet()"],
    DATA: ["uses.c:28 in types()"],
}
TOLD = {
    "gcc-x86_64.o": DWARF,
    "gcc-sections-x86_64.o": DWARF,
    "gcc-dwarf4-x86_64.o": DWARF,
    "clang-x86_64.o": DWARF,
    "zig-armv7l.o": DWARF,
    "zig-s390x.o": DWARF,
    "macos-arm64.o": DWARF,
    "macos-x86_64.o": DWARF,
    "mingw-x86_64.o": {**DWARF, DATA: ["uses.c:29 in types()"]},
    "zig-mingw-i686.o": CODEVIEW,
    "codeview-i686.o": CODEVIEW,
    "codeview-x86_64.o": CODEVIEW,
    "codeview-aarch64.o": CODEVIEW,
    "codeview-sections-x86_64.o": CODEVIEW,
    "plain-x86_64.o": {
        INLINE: ["in encode()"],
        OWN: ["in quiet()"],
        DATA: ["in types"],
    },
    "archive.a": {
        INLINE: ["uses.c:18 in encode()", "uses.h:3 in encode()"],
        OWN: ["uses.c:13 in quiet()"],
        DATA: ["in types", "uses.c:28 in types()"],
    },
}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objects")
    with tarfile.open(SAMPLE) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            (folder / Path(member.name).name).write_bytes(content.read())
    return folder


def test_every_object_is_expected_to_tell(objects: Path) -> None:
    assert sorted(path.name for path in objects.iterdir()) == sorted(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_what_each_object_tells(objects: Path, name: str) -> None:
    found = find_origins([objects / name], SYMBOLS)
    told = {symbol: list(map(str, origins)) for symbol, origins in found.items()}
    assert told == TOLD[name]


@given(data=st.data(), name=st.sampled_from(sorted(TOLD)))
def test_damaged_objects_tell_nothing_wrong_and_never_raise(
    objects: Path, data: st.DataObject, name: str
) -> None:
    content = bytearray((objects / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    assert {symbol for symbol, _ in uses_in(bytes(content), SYMBOLS)} <= SYMBOLS
