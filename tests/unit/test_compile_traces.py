"""Reading what a compile leaves: dependency files, macro changes, notes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.binaries.cpython_contents import UnitNote
from abi3build.evidence.compiled_units import (
    UNITS_FOLDER,
    TranslationUnit,
    digest_of,
    is_own_file,
    keep_unit,
    kept_unit,
    parse_dependency_file,
)
from abi3build.evidence.limited_headers import INCLUDE_FOLDER
from abi3build.evidence.preprocessed_unit import Breach
from abi3build.inspection.unit_notes import parse_unit_notes
from abi3build.setuptools_plugin.compat_header import copy_headers
from abi3build.setuptools_plugin.repeated_compiles import (
    macro_changes,
    preprocess_command,
)

NOTE = struct.pack("<4I", 0x33494241, 0x03090000, 0x030B07F0, 0)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.o: a.c a.h\n", ["a.c", "a.h"]),
        ("a.o: a.c \\\n b.h \\\n c.h\n", ["a.c", "b.h", "c.h"]),
        ("a.o: with\\ space.c\n", ["with space.c"]),
        ("a.o: dollar$$.c\n", ["dollar$.c"]),
        ("a.o: a.c b.h\n\nb.h:\n", ["a.c", "b.h"]),
        ("C\\:/a.o: a.c\n", ["a.c"]),
        ("", []),
        ("no rule at all", []),
    ],
)
def test_dependency_files(text: str, names: list[str]) -> None:
    assert parse_dependency_file(text) == names


@given(st.text())
def test_any_text_is_read_as_a_dependency_file(text: str) -> None:
    assert all(isinstance(name, str) for name in parse_dependency_file(text))


def test_what_is_known_of_a_unit_is_found_again_by_its_object(tmp_path: Path) -> None:
    unit = TranslationUnit(
        "a.c",
        object_file="build/a.o",
        digest=digest_of(b"object"),
        breaches=(Breach("cpython/code.h", "a.c:3"),),
        not_proven="",
        reads_python=True,
        own_files=("a.c", "odd \udcff name.h"),
        other_files=("/py/Python.h",),
    )
    keep_unit(tmp_path, unit)
    assert kept_unit(tmp_path, digest_of(b"object")) == unit
    assert kept_unit(tmp_path, digest_of(b"another")) is None
    (tmp_path / UNITS_FOLDER / f"{unit.digest}.json").write_text("{}", encoding="utf-8")
    assert kept_unit(tmp_path, unit.digest) is None


def test_a_projects_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copy_headers(Path("build", INCLUDE_FOLDER), compat=True)
    assert is_own_file("src/a.c")
    assert is_own_file(str(Path.cwd() / "src" / "a.c"))
    assert not is_own_file("/usr/include/stdio.h")
    assert not is_own_file(f"build/{INCLUDE_FOLDER}/Python.h")
    assert not is_own_file(f"build/{INCLUDE_FOLDER}/abi3build_compat/dates.h")
    assert is_own_file(f"build/{INCLUDE_FOLDER}/another.h")


def test_macro_changes_name_the_users_lines_alone() -> None:
    preprocessed = """\
# 1 "<command-line>"
#define Py_LIMITED_API 0x03090000
# 1 "core.c"

#undef Py_LIMITED_API
# 1 "own.h" 1
#define Py_LIMITED_API 3
#define Py_LIMITED_APIS 3
# 4 "core.c" 2
#undef Py_TARGET_ABI3T
"""
    assert macro_changes(preprocessed) == [
        "core.c:2: #undef Py_LIMITED_API",
        "own.h:1: #define Py_LIMITED_API 3",
        "core.c:4: #undef Py_TARGET_ABI3T",
    ]


def test_a_compile_becomes_a_preprocessor_run() -> None:
    command = ["cc", "-O2", "-c", "a.c", "-o", "a.o", "-MD", "-DX"]
    assert preprocess_command(command) == ["cc", "-O2", "a.c", "-DX", "-E", "-dD"]


def test_notes_are_sorted_and_padding_is_skipped() -> None:
    other = struct.pack("<4I", 0x33494241, 0x030F0000, 0x030F02F0, 1)
    assert parse_unit_notes(other + b"\0" * 16 + NOTE + b"\1\2\3") == (
        UnitNote(0x03090000, 0x030B07F0),
        UnitNote(0x030F0000, 0x030F02F0, abi3t=True),
    )
    swapped = struct.pack(">4I", *struct.unpack("<4I", NOTE))
    assert parse_unit_notes(swapped, little_endian=False) == parse_unit_notes(NOTE)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_notes(data: bytes) -> None:
    assert len(parse_unit_notes(data)) <= len(data) // 16
