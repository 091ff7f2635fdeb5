"""Sources named ``.pyx`` are translated side by side, and nothing else is different."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from small_project import PYPROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Microsoft's compiler runs one by one"
)

NAMES = ("first", "second", "third")
SETUP = """\
import os
from setuptools import Extension, setup

sources = {name: [name + ".pyx"] for name in ("first", "second", "third")}
# It includes what Cython writes beside the first translation.
sources["reader"] = ["reader.c"]
setup(py_modules=[], ext_modules=[Extension(*each) for each in sources.items()])
"""
SOURCE = """\
# cython: language_level=3
cdef public int {name}_published = 1
cdef object {name}_warned() noexcept:
    return 1
def answer():
    "Say who this is."
    return "{name}"
"""
COMMENT = "# nothing to translate, but something to read\n"
CHANGED = """\
from Cython.Compiler import Options
Options.docstrings = False
"""
HIDDEN = """\
import sys
import Cython.Build.Dependencies, Cython.Compiler.Main, Cython.Compiler.Options
import Cython.Compiler.DebugFlags, Cython.Compiler.Errors, Cython.Compiler.Pipeline
sys.path.insert(0, "hiding")
"""
COMPILER = """\
#!/bin/sh
# What Cython writes needs no compile here.
out= own=
for word in "$@"; do
    case $word in *.o) out=$word ;; *reader.c|-shared) own=yes ;; esac
done
test -z "$own" || exec cc "$@"
echo 'int nothing;' | exec cc -x c -fPIC -c -o "$out" -
"""


class Project:
    """Be a project of three modules, large enough for processes of their own."""

    def __init__(self, folder: Path, workbench: Workbench, before: str = "") -> None:
        folder.mkdir()
        self.folder = folder
        self.workbench = workbench
        self.write("pyproject.toml", PYPROJECT)
        self.write("setup.py", before + SETUP)
        self.write("reader.c", '#include "first.h"\nint read_it(void) { return 0; }\n')
        self.write("compiler", COMPILER)
        (folder / "compiler").chmod(0o755)
        for name in NAMES:
            self.write(f"{name}.pyx", SOURCE.format(name=name) + COMMENT * 600)

    def write(self, name: str, text: str) -> None:
        """Write one of the project's files."""
        (self.folder / name).write_text(text)

    def translate(self, parallel: str) -> tuple[dict[str, str], str]:
        """Build; return what Cython wrote, and what was said with marks for places."""
        words = ("setup.py", "--verbose", "build_ext")
        env = {"CC": str(self.folder / "compiler"), "ABI3BUILD_PARALLEL": parallel}
        done = self.workbench.run(self.folder, *words, env=env)
        written = {path.name: path.read_text() for path in self.folder.glob("*.[ch]")}
        return written, done.stdout + done.stderr


def names(line: str, said: str) -> list[str]:
    """Return the sources that lines of a kind name, in their order."""
    return re.findall(rf"^{line}(\w+)\.pyx", said, re.MULTILINE)


def test_translations_at_once_are_those_of_one_by_one(
    tmp_path: Path, workbench: Workbench
) -> None:
    alone, said_alone = Project(tmp_path / "alone", workbench).translate("1")
    beside, said_beside = Project(tmp_path / "beside", workbench).translate("2")
    assert beside == alone
    assert {f"{name}.{suffix}" for name in NAMES for suffix in "ch"} < set(alone)
    for said in (said_alone, said_beside):
        for line in ("Compiling ", r"\[1/1\] Cythonizing ", "warning: "):
            assert names(line, said) == list(NAMES), line
    assert "Cython translates in parallel" in said_beside
    assert names("Cython translates ", said_beside) == []


def test_errors_of_translations_are_whole_and_in_order(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path / "project", workbench)
    for name, error in (("first", "return undeclared"), ("second", "x = = 1")):
        text = (project.folder / f"{name}.pyx").read_text()
        project.write(f"{name}.pyx", text + f"cdef int broken():\n    {error}\n")
    _, said = project.translate("2")
    assert names("", said) == ["first", "second"]
    assert "abi3build: error: extension first" in said
    assert "Traceback" not in said
    assert names("Cython translates ", said) == []


def test_what_a_project_sets_for_cython_counts(
    tmp_path: Path, workbench: Workbench
) -> None:
    alone, _ = Project(tmp_path / "alone", workbench, CHANGED).translate("1")
    beside, said = Project(tmp_path / "beside", workbench, CHANGED).translate("2")
    assert beside == alone
    option = "Cython.Compiler.Options.docstrings"
    assert f"Cython translates first.pyx here: the project has set {option}" in said


def test_what_a_process_cannot_do_is_done_in_the_builds_own(
    tmp_path: Path, workbench: Workbench
) -> None:
    alone, _ = Project(tmp_path / "alone", workbench).translate("1")
    project = Project(tmp_path / "project", workbench, HIDDEN)
    (project.folder / "hiding" / "Cython").mkdir(parents=True)
    project.write("hiding/Cython/__init__.py", "raise SystemExit(3)\n")
    written, said = project.translate("2")
    assert written == alone
    reason = "a process for it ended early"
    assert f"Cython translates first.pyx here: {reason}" in said
