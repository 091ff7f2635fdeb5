"""What linkers write of what they read, in each one's form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.evidence.linker_report import read_linker_report

if TYPE_CHECKING:
    import pytest

GNU = """\
core.so: \\
  v.map \\
  build/core.o \\
  with space.o \\
  ./libh.a \\
  build/core.o

v.map:

build/core.o:
"""
GNU_MAP = """\
Archive member included to satisfy reference by file (symbol)

./libh.a(helper.o)            build/core.o (helper)

LOAD build/core.o
LOAD ./libh.a
 .text          0x0000000000001100       0x10 ./libh.a(helper.o)
 .text          0x0000000000001110       0x10 ./otherlibh.a(unused.o)
"""
LLVM = "core.so: \\\n  build/core.o \\\n  with\\ space.o \\\n  libh.a\n\nlibh.a:\n"
LLVM_MAP = """\
             VMA              LMA     Size Align Out     In      Symbol
            15f3             15f3        f     1         ./libh.a(helper.o):(.text)
"""
APPLES_MAP = """\
# Path: core.so
# Arch: arm64
# Object files:
[  0] linker synthesized
[  1] build/core.o
[  2] libh.a(helper.o)
# Sections:
# Address	Size    	Segment	Section
[  3] not/an/object
"""


def report(folder: Path, dependencies: str, map_text: str) -> dict[str, object]:
    stem = folder / "link"
    if dependencies:
        Path(f"{stem}.deps").write_text(dependencies, encoding="utf-8")
    if map_text:
        Path(f"{stem}.map").write_text(map_text, encoding="utf-8")
    found = read_linker_report(stem)
    assert list(folder.glob("link.*")) == []
    if found is None:
        return {}
    return {name: found.members_of(name) for name in found.files}


def test_each_linkers_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("with space.o").touch()
    none: frozenset[str] = frozenset()
    helper = frozenset({"helper.o"})
    assert report(tmp_path, GNU, GNU_MAP) == {
        "v.map": none,
        "build/core.o": none,
        "with space.o": none,
        "./libh.a": helper,
    }
    assert report(tmp_path, "", GNU_MAP) == {"build/core.o": none, "./libh.a": helper}
    assert report(tmp_path, LLVM, LLVM_MAP) == {
        "build/core.o": none,
        "with space.o": none,
        "libh.a": helper,
    }
    assert report(tmp_path, "", APPLES_MAP) == {
        "build/core.o": none,
        "libh.a": helper,
    }


def test_a_linker_without_a_map_names_no_members(tmp_path: Path) -> None:
    assert report(tmp_path, "a.so: \\\n  libh.a\n", "") == {"libh.a": None}


def test_a_linker_that_said_nothing(tmp_path: Path) -> None:
    assert report(tmp_path, "", "") == {}
