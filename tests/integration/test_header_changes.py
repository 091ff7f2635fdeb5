"""Hold what headers deprecate and drop against the tables of names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from abi3build.stable_abi.header_changes import (
    all_header_changes,
    find_header_change,
    removal_of,
)
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion
from behavior_facts.declared_under_floors import read_under_floors
from behavior_facts.header_differences import what_is_stale

if TYPE_CHECKING:
    from workbench.fixture_types import PythonNamed
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the table is of headers on Linux"
)

FLOOR = PythonVersion(3, 9)


def include_folder(python: FoundPython) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('include'))"
    command = [str(python.executable), "-c", code]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    return Path(run.stdout.strip())


@pytest.mark.lab("3.15")
def test_the_newest_headers_say_what_the_table_says(python_named: PythonNamed) -> None:
    read = read_under_floors(include_folder(python_named("3.15")))
    known = list(all_header_changes())
    assert what_is_stale(known, [read]) == []
    # What the headers bring next: a name deprecated, another one dropped.
    deprecated = {**read.deprecated[FLOOR], "PyList_Size": read.version}
    later = read._replace(deprecated={**read.deprecated, FLOOR: deprecated})
    declared = {
        floor: names - {"PyList_Size"} for floor, names in read.declared.items()
    }
    told = (
        "PyList_Size: headers of 3.15 have it otherwise: run"
        " tools/generate_header_changes.py"
    )
    assert what_is_stale(known, [later]) == [told]
    assert what_is_stale(known, [read._replace(declared=declared)]) == [told]


def test_what_is_known_of_one_name() -> None:
    change = find_header_change("PyWeakref_GetObject")
    assert change is not None
    assert change.since == PythonVersion(3, 13)
    assert change.deprecated_from(FLOOR) == PythonVersion(3, 13)
    assert change.gone_from(FLOOR) == PythonVersion(3, 15)
    assert removal_of("Py_MATH_PIl", FLOOR) == PythonVersion(3, 20)
    assert find_header_change("PyList_Size") is None


@pytest.mark.lab("3.11", "3.15")
@pytest.mark.parametrize("label", ["3.11", "3.15"])
def test_the_compiler_sees_what_the_table_says(
    label: str, python_named: PythonNamed
) -> None:
    include = include_folder(python_named(label))
    headers = PythonVersion.parse(label)
    symbols = stable_symbols()
    changes = [
        each
        for each in all_header_changes()
        # A macro of this name calls other functions, if it is called.
        if each.name in symbols and each.name != "PySlice_GetIndicesEx"
    ]
    uses = (f"void *use{at} = (void *)&{each.name};" for at, each in enumerate(changes))
    source = "\n".join(["#include <Python.h>", "#include <marshal.h>", *uses])
    folders = (f"-I{include}", f"-I{include.parent}")
    command = ["cc", "-fsyntax-only", "-x", "c", f"-DPy_LIMITED_API={FLOOR.hex}"]
    run = subprocess.run(
        [*command, *folders, "-"],
        input=source,
        capture_output=True,
        check=False,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        text=True,
    )
    undeclared = set(re.findall(r"'(\w+)' undeclared", run.stderr))
    deprecated = set(re.findall(r"'(\w+)' is deprecated", run.stderr))
    assert undeclared == {
        each.name
        for each in changes
        if (gone := each.gone_from(FLOOR)) is not None and gone <= headers
    }
    assert deprecated == {
        each.name
        for each in changes
        if any(shown.headers == headers for shown in each.deprecated)
    }
    assert deprecated
