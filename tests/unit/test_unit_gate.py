"""Which units are compiled again: those of which anything differs, and no others."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

import pytest

from abi3build.evidence.compiled_units import (
    TranslationUnit,
    digest_of,
    keep_unit,
)
from abi3build.evidence.limit_changes import look_at_text
from abi3build.evidence.shadowing import include_folders
from abi3build.setuptools_plugin.unit_gate import UnitGate, unit_stamp

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Compile:
    """Stand for a compile of one source with two headers."""

    folder: Path
    words: list[str]
    wanted: str = "3.9"

    @property
    def object_file(self) -> Path:
        """Return where its object lies."""
        return self.folder / "build" / "a.o"

    @property
    def gate(self) -> UnitGate:
        """Return what decides about it."""
        place = str(self.object_file)
        return UnitGate(self.folder / "build", place, self.words, self.wanted)

    @property
    def is_kept(self) -> bool:
        """Tell whether the object would stay; what is known of it is forgotten else."""
        return self.gate.unit_from_before() is not None

    def run(self, gate: UnitGate | None = None, *, hidden: bool = False) -> None:
        """Make the object, and remember of what."""
        gate = gate or self.gate
        self.object_file.write_bytes(b"object")
        unit = TranslationUnit(
            "a.c",
            str(self.object_file),
            digest_of(b"object"),
            own_files=("a.c", "include/own.h"),
            other_files=(str(self.folder / "usr" / "sys" / "other.h"),),
            folders=tuple(include_folders(self.words)),
            has_hidden_inputs=hidden,
        )
        keep_unit(self.folder / "build", unit)
        gate.remember(unit)


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compile:
    """Compile once, long after the last change of any file."""
    for folder in ("build", "first", "include", "usr/sys"):
        (tmp_path / folder).mkdir(parents=True)
    texts = {"a.c": "int a;", "include/own.h": "1", "usr/sys/other.h": "2"}
    texts |= {"options.txt": "-DA", "cc": "#!/bin/sh"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    folders = ["-Ifirst", "-Iinclude", f"-I{tmp_path}/usr"]
    words = [str(tmp_path / "cc"), *folders, "@options.txt", "-c", "a.c", "-o", "a.o"]
    done = Compile(tmp_path, words)
    done.run()
    return done


def test_a_unit_of_which_nothing_differs_stays(compiled: Compile) -> None:
    assert compiled.is_kept
    now = time.time()
    for path in compiled.folder.rglob("*"):
        if path.name != "cc":
            os.utime(path, (now, now))
    assert compiled.is_kept


def _write(name: str, text: str) -> Callable[[Compile], None]:
    def write(compiled: Compile) -> None:
        (compiled.folder / name).write_text(text)

    return write


@pytest.mark.parametrize(
    "change",
    [
        _write("a.c", "int b;"),
        _write("include/own.h", "3"),
        _write("usr/sys/other.h", "3"),
        _write("options.txt", "-DB"),
        _write("cc", "#!/bin/sh -e"),
        _write("first/own.h", "comes first"),
        _write("build/a.o", "of another compile"),
        lambda compiled: compiled.object_file.unlink(),
        lambda compiled: (compiled.folder / "include" / "own.h").unlink(),
        lambda compiled: compiled.words.append("-DC"),
        lambda compiled: setattr(compiled, "wanted", "3.10"),
        lambda _: os.environ.update(CPATH="elsewhere"),
    ],
    ids=[
        "source",
        "header",
        "header of another",
        "response file",
        "compiler",
        "header that comes first",
        "object",
        "no object",
        "no header",
        "option",
        "what is to be proven",
        "variable",
    ],
)
def test_a_unit_of_which_anything_differs_is_compiled_again(
    change: Callable[[Compile], None],
    compiled: Compile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CPATH", "")
    compiled.run()
    assert compiled.is_kept
    change(compiled)
    assert not compiled.is_kept


def test_a_folder_that_comes_into_being_counts(compiled: Compile) -> None:
    """Of ``#include <sys/other.h>`` another may then be found."""
    (compiled.folder / "include" / "sys").mkdir()
    assert compiled.is_kept
    (compiled.folder / "include" / "sys" / "other.h").touch()
    assert not compiled.is_kept


def test_another_working_folder_counts(
    compiled: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the debug information."""
    monkeypatch.chdir(compiled.folder / "build")
    assert not compiled.is_kept


def test_what_was_known_is_forgotten_before_a_compile(compiled: Compile) -> None:
    """A compile that does not end must not leave an object that seems right."""
    place = str(compiled.object_file)
    assert unit_stamp(compiled.folder / "build", place) is not None
    compiled.words.append("-DC")
    assert not compiled.is_kept
    assert unit_stamp(compiled.folder / "build", place) is None


def test_a_source_that_was_edited_during_its_compile_is_compiled_again(
    compiled: Compile,
) -> None:
    gate = compiled.gate
    late = time.time() + 5
    os.utime(compiled.folder / "include" / "own.h", (late, late))
    compiled.words.append("-DC")
    assert not compiled.is_kept
    compiled.run(gate)
    assert not compiled.is_kept


@pytest.mark.parametrize(
    "option", ["--coverage", "-fprofile-use=profile", "-gsplit-dwarf", "-fplugin=x.so"]
)
def test_a_compile_that_reads_or_leaves_more_always_runs(
    option: str, compiled: Compile
) -> None:
    again = replace(compiled, words=[*compiled.words, option])
    again.run()
    assert not again.is_kept


def test_a_unit_with_hidden_inputs_is_always_compiled(compiled: Compile) -> None:
    again = replace(compiled, words=[*compiled.words, "-DC"])
    again.run(hidden=True)
    assert not again.is_kept


@pytest.mark.parametrize(
    "text",
    [
        "#if __has_include(<x.h>)\n#endif\n",
        'asm(".incbin \\"x.bin\\"");\n',
        'asm(".include \\"x.s\\"");\n',
        "#embed <x.bin>\n",
        "const char *built = __DATE__;\n",
    ],
)
def test_hidden_inputs_are_seen_in_the_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    path.write_text('#include "x.h"\nint embed, date;\n')
    assert not look_at_text(str(path)).has_hidden_inputs
    path.write_text(text)
    assert look_at_text(str(path)).has_hidden_inputs
