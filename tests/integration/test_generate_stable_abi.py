"""Write the data about CPython's C API from small sources, and check the real one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abi3build.stable_abi import known_names

TOOL = Path(__file__).parents[2] / "tools" / "generate_stable_abi.py"
DATA = Path(known_names.__file__).parent
FILES = ("symbols.txt", "names.txt", "declarations.txt")

MANIFEST = """
[feature_macro.HAVE_FORK]
    doc = 'on platforms with fork()'
[struct.PyObject]
    added = '3.2'
    struct_abi_kind = 'partial'
    members = ['ob_refcnt', 'ob_type']
[const.METH_METHOD]
    added = '3.7'
[function.PyOS_AfterFork]
    added = '3.2'
    ifdef = 'HAVE_FORK'
[function.PyList_Size]
    added = '3.2'
[data._Py_SwappedOp]
    added = '3.14'
    abi_only = true
[macro.Py_RETURN_NONE]
    added = '3.2'
"""
SYMBOLS = """\
# The functions and data of CPython's stable ABI, one a line: name, kind, the version
# that added it, the condition of CPython's build under which it is there, abi-only.
# Written by tools/generate_stable_abi.py from Misc/stable_abi.toml of CPython.
PyList_Size function 3.2
PyOS_AfterFork function 3.2 HAVE_FORK
_Py_SwappedOp data 3.14 abi-only
"""
KNOWN = """\
# Linux builds examined: 3.6.15 3.9.18 3.14.10
PyCell_GET macro
PyEval_GetCallStats public 6 5-9
PyHamt_Check internal
PyList_Size stable 6-15
_Py_SwappedOp internal 14-15
"""
DECLARED = """\
METH_METHOD macro 3.6 - 9-15 9-15:9-
PyCell_GET macro - - 6-15 -
"""
DECLARATIONS = """\
METH_METHOD macro 3.7 - 9-15 9-15:9-
PyCell_GET macro - - 6-15 -
PyObject structure 3.2 members,ob_refcnt,ob_type - -
Py_RETURN_NONE macro 3.2 - - -
"""
PYTHON3_DEF = """\
LIBRARY "python3"
EXPORTS
  PyEval_GetCallStats=python38.PyEval_GetCallStats
  PyList_Size=python38.PyList_Size
  PyOS_AfterFork=python38.PyOS_AfterFork
  PyUnicode_Type=python38.PyUnicode_Type DATA
"""
PYTHON3DLL_C = """\
#define EXPORT_FUNC(name) DECORATE(name)
EXPORT_FUNC(PyList_Size)
EXPORT_DATA(PyUnicode_Type)
"""
NAMES = """\
PyCell_GET macro
PyEval_GetCallStats public 6 5-6
PyHamt_Check internal
PyList_Size stable 6-15 8-9,11-15
PyOS_AfterFork stable
_Py_SwappedOp stable 14-15 14-15
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def needs_abi3info() -> None:
    pytest.importorskip("abi3info")


def test_the_data_in_the_package_is_fresh() -> None:
    needs_abi3info()
    done = run("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_stale_data_is_told(tmp_path: Path) -> None:
    needs_abi3info()
    for name in FILES:
        text = (DATA / name).read_text("ascii")
        tmp_path.joinpath(name).write_text(text.replace("\nPy", "\nPyOther"))
    done = run("--check", "--directory", tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "symbols.txt is stale: run tools/generate_stable_abi.py\n"
        "names.txt is stale: run tools/generate_stable_abi.py\n"
        "declarations.txt is stale: run tools/generate_stable_abi.py\n",
    )


def test_data_from_a_manifest_and_lists(tmp_path: Path) -> None:
    (manifest := tmp_path / "stable_abi.toml").write_text(MANIFEST)
    (definition := tmp_path / "python3.def").write_text(PYTHON3_DEF)
    (code := tmp_path / "python3dll.c").write_text(PYTHON3DLL_C)
    (tmp_path / "names.txt").write_text(KNOWN)
    (tmp_path / "declarations.txt").write_text(DECLARED)
    arguments = ["--directory", tmp_path, "--manifest", manifest]
    for version, path in (("3.8", definition), ("3.9", definition), ("3.9", code)):
        arguments += ["--python3dll", f"{version}={path}"]
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "symbols.txt").read_text() == SYMBOLS
    head, _, data = (tmp_path / "names.txt").read_text().partition("3.14.10\n")
    assert head.endswith("# Linux builds examined: 3.6.15 3.9.18 ")
    assert data == NAMES
    text = (tmp_path / "declarations.txt").read_text()
    assert text.partition("on Linux.\n")[2] == DECLARATIONS


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or None in map(shutil.which, ("cc", "nm")),
    reason="needs nm and a C compiler on Linux",
)
def test_an_interpreter_adds_nothing_new(tmp_path: Path) -> None:
    """The release that runs this test has its headers and is in the data already."""
    needs_abi3info()
    release = ".".join(map(str, sys.version_info[:3]))
    if release not in known_names.examined_releases():
        pytest.skip(f"the data was made without {release}")
    for name in FILES:
        shutil.copy(DATA / name, tmp_path)
    done = run("--directory", tmp_path, "--interpreter", sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
