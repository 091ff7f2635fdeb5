"""What headers newer than the floor would break, on every Python.

Those of 3.12, and of 3.13 and 3.14 before their fixes, return None, True, False and
NotImplemented without a new reference under any limit; a Python below 3.12 then loses
one with each call.  docs/headers.md lists this and what else is repaired.
https://github.com/python/cpython/pull/135165
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import abi3_pythons, messages
from small_project import pyproject_with

from abi3build.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, ImportOn, PythonNamed
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the repair is in a header for GCC and Clang"
)

LABELS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13d", "3.14", "3.15")

MODULE = """\
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define RETURNING(name, statement) \\
    static PyObject *name(PyObject *module, PyObject *number) \\
    { \\
        long value = PyLong_AsLong(number); \\
        (void)module; \\
        (void)value; \\
        statement; \\
    }
RETURNING(none, Py_RETURN_NONE)
RETURNING(true, Py_RETURN_TRUE)
RETURNING(false, Py_RETURN_FALSE)
RETURNING(not_implemented, Py_RETURN_NOTIMPLEMENTED)
RETURNING(is_less, Py_RETURN_RICHCOMPARE(value, 1, Py_LT))
RETURNING(none_in_a_condition, if (value == 0) Py_RETURN_NONE; else Py_RETURN_TRUE)

static PyObject *forget(PyObject *module, PyObject *thing)
{
    (void)module;
    if (PyObject_DelAttrString(thing, "name") < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyType_Slot type_slots[] = {{0, NULL}};
static PyType_Spec spec = {"sample.Thing", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT,
                           type_slots};

static int fill(PyObject *module)
{
    return PyModule_AddObject(module, "Thing", PyType_FromSpec(&spec));
}

static PyMethodDef methods[] = {
    {"forget", forget, METH_O, NULL},
    {"none", none, METH_O, NULL},
    {"true", true, METH_O, NULL},
    {"false", false, METH_O, NULL},
    {"not_implemented", not_implemented, METH_O, NULL},
    {"is_less", is_less, METH_O, NULL},
    {"none_in_a_condition", none_in_a_condition, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
CALLS = 20_000
COUNTING = f"""\
import sys
import sample

objects = (None, True, False, NotImplemented)
before = [sys.getrefcount(each) for each in objects]
for name in ("none", "true", "false", "not_implemented"):
    function = getattr(sample, name)
    for _ in range({CALLS}):
        function(0)
for name in ("is_less", "none_in_a_condition"):
    function = getattr(sample, name)
    for number in range({CALLS // 10}):
        function(number & 1)
after = [sys.getrefcount(each) for each in objects]
lost = [start - end for start, end in zip(before, after)]
# Headers before 3.12 count up what is immortal since, and no Python counts it down.
least = -float("inf") if sys.version_info >= (3, 12) else -100
print([least < each < 100 for each in lost])

sample.name = 1
sample.forget(sample)
has_cache = bool(sample.Thing.__flags__ & 1 << 18) or sys.version_info >= (3, 10)
print(hasattr(sample, "name"), has_cache)
"""
PRINTED = "[True, True, True, True]\nFalse True\n"


def write_project(folder: Path) -> Path:
    (folder / "pyproject.toml").write_text(pyproject_with("sample.c"), "utf-8")
    (folder / "sample.c").write_text(MODULE, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "builder", [pytest.param(label, marks=pytest.mark.lab(label)) for label in LABELS]
)
def test_any_builder_keeps_what_the_floor_expects(  # noqa: PLR0913, PLR0917 - fixtures
    builder: str,
    tmp_path: Path,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
    pythons: tuple[FoundPython, ...],
) -> None:
    project = write_project(tmp_path)
    build = build_wheel(project, python=python_named(builder), isolated=False)
    assert "ABI408" not in messages(build)
    runs = {
        python.label: import_on(python, build.wheel, COUNTING)
        for python in abi3_pythons(pythons)
    }
    counted = {label: (run.returncode, run.stdout) for label, run in runs.items()}
    assert counted == dict.fromkeys(runs, (0, PRINTED))


@pytest.mark.lab("3.12", "3.11")
def test_what_was_not_repaired_is_named(
    tmp_path: Path,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without abi3build's header, as with Microsoft's compiler."""
    project = write_project(tmp_path)
    python, off = python_named("3.12"), {"ABI3BUILD_VERIFY": "off"}
    wheel = build_wheel(project, python=python, isolated=False, env=off).wheel
    assert import_on(python_named("3.11"), wheel, COUNTING).returncode != 0
    main(["audit", str(wheel)])
    release = ".".join(map(str, python.version))
    assert (
        f"ABI408 Py_RETURN_* warning: compiled with headers of {release}, which return"
        " None, True, False and NotImplemented without a new reference; on 3.9 to 3.11,"
        " each such call loses one, until Python aborts"
    ) in " ".join(capsys.readouterr().out.split())
