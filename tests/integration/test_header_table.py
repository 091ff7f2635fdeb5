"""Hold what Python.h makes of each name against what was found about it."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from abi3build.rules.registry import find_rule
from abi3build.versions import PythonVersion
from header_facts import table as tables
from header_facts.footprints import footprints
from header_facts.judgements import VERDICTS, read_judgements
from header_facts.preprocessing import preprocess

if TYPE_CHECKING:
    from workbench.fixture_types import PythonNamed
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the table is of Linux and of its preprocessors"
)

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "generate_header_table.py"
OURS = ROOT / "src" / "abi3build" / "include"
PRETENDED = (
    "#define Py_RETURN_NONE return Py_None\n#define Py_EXAMPLE(x) ((x)->ob_type)"
)
FLOOR = PythonVersion(3, 7)
"""All repairs are of names that differ under it."""


def include_folder(python: FoundPython) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('include'))"
    command = [str(python.executable), "-c", code]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    return Path(run.stdout.strip())


def checked(*folders: Path) -> tuple[int, str]:
    """Run the tool's check on headers; return its status and what it said."""
    options = [word for folder in folders for word in ("--headers", str(folder))]
    command = [sys.executable, str(TOOL), "--check", *options]
    run = subprocess.run(command, capture_output=True, check=False, text=True)
    return run.returncode, run.stderr


def test_headers_at_hand_do_only_what_was_judged(
    pythons: tuple[FoundPython, ...],
) -> None:
    regular = [each for each in pythons if each.is_regular and each.has_headers]
    newest = {each.minor: each for each in regular if each.minor >= (3, 9)}
    assert checked(*map(include_folder, newest.values())) == (0, "")


def test_new_expansion_is_named(tmp_path: Path) -> None:
    """As it will be with the headers of a version that nobody has seen yet."""
    own = Path(sysconfig.get_path("include"))
    header = (own / "Python.h").read_text(encoding="utf-8")
    guard = header.rindex("#endif")
    changed = f"{header[:guard]}#undef Py_RETURN_NONE\n{PRETENDED}\n{header[guard:]}"
    for name in own.iterdir():
        (tmp_path / name.name).symlink_to(name)
    (tmp_path / "Python.h").unlink()
    (tmp_path / "Python.h").write_text(changed, encoding="utf-8")
    status, said = checked(tmp_path)
    assert status == 1
    assert re.findall(r"^(\w+) under the limit 3\.2 is new", said, re.MULTILINE) == [
        "Py_EXAMPLE",
        *(["Py_RETURN_NONE"] if sys.version_info < (3, 12) else []),
    ]


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(each, marks=pytest.mark.lab(each))
        for each in ("3.12", "3.13", "3.15")
    ],
)
def test_repaired_names_do_what_the_floor_expects(
    label: str, python_named: PythonNamed
) -> None:
    """Counting a reference goes by the newer headers; the rest is the floor's own."""
    headers = include_folder(python_named(label))
    repaired = footprints(
        preprocess([OURS, headers], FLOOR, f"-DABI3BUILD_FLOOR={FLOOR.hex}")
    )
    counted = footprints(preprocess([headers], FLOOR))["Py_INCREF"]
    for name, data in {
        "Py_RETURN_FALSE": "_Py_FalseStruct",
        "Py_RETURN_NONE": "_Py_NoneStruct",
        "Py_RETURN_NOTIMPLEMENTED": "_Py_NotImplementedStruct",
        "Py_RETURN_TRUE": "_Py_TrueStruct",
    }.items():
        assert repaired[name] == f"{counted} {data}", name
    assert repaired["PyObject_DelAttr"] == "PyObject_SetAttr()"
    assert repaired["PyObject_DelAttrString"] == "PyObject_SetAttrString()"
    assert repaired["Py_TPFLAGS_DEFAULT"] == f"= {1 << 18}"
    assert repaired.keys().isdisjoint({"Py_DTSF_NO_NEG_0", "Py_func_type_input"})


def test_repairs_are_those_of_the_header() -> None:
    _, judgements = read_judgements()
    undefined = re.findall(r"#\s*undef (\w+)", (OURS / "Python.h").read_text("utf-8"))
    repaired = {
        name for each in judgements for name in each.names if each.verdict == "repaired"
    }
    assert repaired - {"Py_RETURN_RICHCOMPARE"} == set(undefined)


def test_judgements_name_verdicts_and_rules() -> None:
    _, judgements = read_judgements()
    named = [name for each in judgements for name in each.names]
    assert len(named) == len(set(named))
    for each in judgements:
        assert each.verdict in VERDICTS
        codes = re.findall(r"`(ABI\d+)`", each.text)
        assert all(map(find_rule, codes)), each
        assert codes or each.verdict != "found", each


def test_differences_are_those_that_are_known() -> None:
    """Of a table in small: what newer headers make of a name of the limit's own."""
    table = tables.parse_table(
        "headers 3.9.1 3.13.0\n"
        "Py_NEW\t= 1\t3.13.0:2-13\n"
        "Py_RETURN_NONE\t++ _Py_NoneStruct\t3.9.1:2-9\n"
        "Py_RETURN_NONE\t_Py_NoneStruct\t3.13.0:2-13\n"
        "Py_SAME\t= 2\teverywhere\n"
        "PyObject_DelAttr\tPyObject_SetAttr()\t3.9.1:2-9\n"
    )
    found = {
        name: {footprint: tables.format_table({(name, footprint): places})}
        for name, rows in tables.differences(table).items()
        for (_, footprint), places in rows.items()
    }
    assert {name: list(rows) for name, rows in found.items()} == {
        "PyObject_DelAttr": ["the function of this name"],
        "Py_NEW": ["= 1"],
        "Py_RETURN_NONE": ["_Py_NoneStruct"],
    }
    assert "3.13.0:2-9\n" in found["Py_RETURN_NONE"]["_Py_NoneStruct"]
