"""Each way around the limit, with both compilers and in both languages."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from outcomes import messages

from workbench.building import copy_project
from workbench.running import run

if TYPE_CHECKING:
    from workbench.building import Workbench
    from workbench.fixture_types import PythonNamed

pytestmark = [
    pytest.mark.skipif(
        sys.platform == "win32", reason="the evidence is GCC's and Clang's"
    ),
    pytest.mark.lab("gcc", "clang"),
]

PACKAGE = Path(__file__).parents[1] / "packages" / "around-the-limit"
COMPILERS = {
    "gcc": {"CC": "gcc", "CXX": "g++", "LDSHARED": "gcc -shared"},
    "clang": {"CC": "clang", "CXX": "clang++", "LDSHARED": "clang -shared"},
}
WHOLE_GRID = "ABI3_FULL_GRIDS" in os.environ
GRID = [
    (f"3.{minor}", compiler, suffix)
    for minor in range(9, 16)
    for compiler in COMPILERS
    for suffix in ("c", "cpp")
]
CHOSEN = [("3.9", "gcc", "cpp"), ("3.15", "clang", "c")]
"""Each compiler, each language, the first and the last headers; a session has all."""

PRINT_HEADERS = "import sysconfig; print(sysconfig.get_path('include'))"

MISSING = "ABI401 macro-not-in-effect: Py_LIMITED_API is not defined where Python.h is"
DIFFERS = "ABI402 macro-differs: Py_LIMITED_API has another value than the floor"
READ = "read without Py_LIMITED_API in effect"
REMOVE = (
    "hint: remove the #undef, or the #include that bypasses Python.h: `grep -n"
    " Py_LIMITED_API` finds the former"
)
CHANGE = "hint: remove the change: abi3build defines the macro for the floor"


def stopped(*lines: str) -> str:
    """Return the pattern of a compile that stops with these lines."""
    first = "extension sample does not compile with the Limited API of Python 3.9"
    return "\n".join(map(re.escape, [f"{first} (ABI605)", *lines]))


def refused(*lines: str) -> str:
    """Return the pattern of a finished wheel that is refused with these lines."""
    first = r"sample-1\.0-\S+\.whl does not keep its promise to Python 3\.9"
    return "\n".join([first, *map(re.escape, lines)])


VERDICTS = {
    "kept": "",
    "undefined": stopped(
        f"sample.c:2: {MISSING} included",
        "sample.c:1: #undef Py_LIMITED_API",
        CHANGE,
    ),
    "undefined_unused": stopped(
        f"sample.c:3: {MISSING} included",
        "sample.c:2: #undef Py_LIMITED_API",
        CHANGE,
    ),
    "undefined_restored": stopped(
        f"sample.c:2: {MISSING} included",
        "sample.c:1: #undef Py_LIMITED_API",
        "sample.c:3: #define Py_LIMITED_API 0x03090000",
        CHANGE,
    ),
    "sneaky": stopped(
        f"sample.c:4: {MISSING} included",
        "sample.c:2: #undef Py_LIMITED_API",
        CHANGE,
    ),
    "higher": stopped(
        f"sample.c:3: {DIFFERS}",
        "sample.c:1: #undef Py_LIMITED_API",
        "sample.c:2: #define Py_LIMITED_API 0x030d0000",
        CHANGE,
    ),
    "lower": stopped(
        f"sample.c:3: {DIFFERS}",
        "sample.c:1: #undef Py_LIMITED_API",
        "sample.c:2: #define Py_LIMITED_API 0x03080000",
        CHANGE,
    ),
    "three": stopped(
        "sample.c:3: ABI402 macro-differs: Py_LIMITED_API means 3.2, which is not the"
        " floor",
        "sample.c:1: #undef Py_LIMITED_API",
        "sample.c:2: #define Py_LIMITED_API 3",
        CHANGE,
    ),
    "absolute": refused(
        "sample.c",
        f"ABI401 Python.h   {READ}   sample.c:2: #undef Py_LIMITED_API",
        REMOVE,
    ),
    # 3.9's header does not even compile there; later ones do.
    "later_header": refused(
        "sample.c",
        f"ABI401 cpython/frameobject.h   {READ}   sample.c:2: #undef Py_LIMITED_API",
        REMOVE,
    )
    + "|"
    + stopped("sample.c:3: ")
    + r".*CO_MAXBLOCKS.* \(inside \S+/cpython/frameobject\.h:\d+\)\n"
    + re.escape(f"sample.c:2: #undef Py_LIMITED_API\n{CHANGE}"),
    # Its own header refuses that, and so the limit is not to blame.
    "part_alone": re.escape(
        "extension sample does not compile, with or without the Limited API (ABI605)\n"
        'sample.c:4: "this header file must not be included directly"'
    )
    + r" \(inside \S+/cpython/tupleobject\.h:\d+\)\n"
    + re.escape("hint: correct the code or the options: the limit is not the cause"),
    "declared_by_hand": refused(
        "sample.abi3.so",
        "ABI101 _PyLong_Copy   private, never stable   module.h:4 in first()",
        "hint: for _PyLong_Copy use PyNumber_Long (stable since 3.2)",
    ),
    "layout_by_hand": "",
}
"""The pattern of what the build says of each case; empty if it accepts it."""


@pytest.mark.parametrize(
    ("label", "compiler", "suffix"), GRID if WHOLE_GRID else CHOSEN
)
def test_each_way_around_the_limit_is_judged(  # noqa: PLR0913, PLR0917 - a grid
    tmp_path: Path,
    workbench: Workbench,
    python_named: PythonNamed,
    label: str,
    compiler: str,
    suffix: str,
) -> None:
    python = python_named(label)
    headers = run([python.executable, "-c", PRINT_HEADERS]).stdout.strip()
    projects = [write(tmp_path / case, case, suffix, headers) for case in VERDICTS]
    builds = workbench.build_each(projects, python=python, env=COMPILERS[compiler])
    for (case, pattern), build in zip(VERDICTS.items(), builds):
        _, _, said = messages(build).partition("abi3build: error: ")
        lines = "\n".join(line.strip() for line in said.splitlines())
        wanted = re.sub(r"sample\\.c(?=:|\n)", rf"sample\\.{suffix}", pattern)
        assert re.fullmatch(wanted, lines), (case, lines)
        assert bool(build.returncode) == bool(pattern)
        assert len(build.wheels) == (0 if pattern else 1)


def write(folder: Path, case: str, suffix: str, headers: str) -> Path:
    """Make the project of one case, its only source named ``sample``."""
    copy_project(PACKAGE, folder)
    text = (folder / "cases" / f"{case}.c").read_text(encoding="utf-8")
    source = folder / f"sample.{suffix}"
    source.write_text(text.replace("@HEADERS@", headers), encoding="utf-8")
    pyproject = folder / "pyproject.toml"
    declared = pyproject.read_text(encoding="utf-8").replace("sample.c", source.name)
    pyproject.write_text(declared, encoding="utf-8")
    return folder
