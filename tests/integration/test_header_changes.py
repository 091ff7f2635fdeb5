"""Hold what headers deprecate and drop against the tables of names."""

from __future__ import annotations

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
