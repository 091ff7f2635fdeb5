"""A module that ``port --fix`` rewrote has types of its own in every interpreter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from compat_module import header_options

from abi3build.port_fix.fixing import fix_project
from abi3build.versions import PythonVersion
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.pythons import FoundPython

pytest.importorskip("tree_sitter")
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the header is for GCC and Clang"
)

SETUP = """\
from setuptools import Extension, setup

setup(
    name="geo",
    ext_modules=[
        Extension("geo", ["geo.c"]),
        Extension("own", ["own.c"]),
    ],
)
"""
SETUP_OF_FILES = """\
from setuptools import Extension, setup

setup(
    name="geo",
    ext_modules=[Extension("geo", ["geo.c", "point.c", "special.cpp"])],
)
"""
SOURCE = """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    double x;
} PointObject;

static PyTypeObject Point;

static PyObject *
point_new(double x)
{
    PointObject *self = PyObject_New(PointObject, &Point);
    if (self != NULL) {
        self->x = x;
    }
    return (PyObject *)self;
}

static PyObject *
make(PyObject *self, PyObject *args)
{
    double x;
    if (!PyArg_ParseTuple(args, "d", &x)) {
        return NULL;
    }
    return point_new(x);
}

static PyObject *
x_of(PyObject *self, PyObject *args)
{
    PyObject *point;
    if (!PyArg_ParseTuple(args, "O!", &Point, &point)) {
        return NULL;
    }
    return PyFloat_FromDouble(((PointObject *)point)->x);
}

static void
point_dealloc(PyObject *self)
{
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject Point = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "geo.Point",
    .tp_basicsize = sizeof(PointObject),
    .tp_dealloc = point_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
};

static PyTypeObject Special = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "geo.Special",
    .tp_basicsize = sizeof(PointObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_base = &Point,
};

static PyMethodDef methods[] = {
    {"make", make, METH_VARARGS, NULL},
    {"x_of", x_of, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int
execute(PyObject *m)
{
    if (PyType_Ready(&Special) < 0) {
        return -1;
    }
    Py_INCREF((PyObject *)&Special);
    return PyModule_AddObject(m, "Special", (PyObject *)&Special);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    "geo",
    NULL,
    0,
    methods,
    slots,
};

PyMODINIT_FUNC
PyInit_geo(void)
{
    return PyModuleDef_Init(&module);
}
"""
STATE = """\
typedef struct {
    PyObject *made;
} State;

static int
state_traverse(PyObject *m, visitproc visit, void *arg)
{
    Py_VISIT(((State *)PyModule_GetState(m))->made);
    return 0;
}

static int
state_clear(PyObject *m)
{
    Py_CLEAR(((State *)PyModule_GetState(m))->made);
    return 0;
}

static void
state_free(void *m)
{
    state_clear((PyObject *)m);
}

"""


def with_state(source: str, state: str) -> str:
    """Return a source whose module has a list of its own in its state."""
    return (
        source.replace("static int\nexecute", f"{state}static int\nexecute")
        .replace("    0,\n    methods,\n", "    sizeof(State),\n    methods,\n")
        .replace(
            "    slots,\n}",
            "    slots,\n    state_traverse,\n    state_clear,\n    state_free,\n}",
        )
        .replace(
            "execute(PyObject *m)\n{\n",
            "execute(PyObject *m)\n{\n"
            "    State *state = (State *)PyModule_GetState(m);\n"
            "    state->made = PyList_New(0);\n"
            '    if (PyModule_AddObjectRef(m, "made", state->made) < 0) {\n'
            "        return -1;\n    }\n",
        )
    )


def part(source: str, start: str, end: str) -> str:
    """Return a part of a source."""
    return source[source.index(start) : source.index(end)]


OWN = with_state(SOURCE.replace("Point", "Spot").replace("Special", "Rare"), STATE)
OWN = OWN.replace("geo", "own")
HEADER = """\
#ifndef GEO_H
#define GEO_H
#include <Python.h>

typedef struct {
    PyObject_HEAD
    double x;
} PointObject;

typedef struct {
    PyObject *made;
} State;

#ifdef __cplusplus
extern "C" {
#endif
extern PyTypeObject Point;
int add_special(PyObject *m);
PyObject *point_new(double x);
#ifdef __cplusplus
}
#endif
#endif
"""
POINT = '#include "geo.h"\n\n' + (
    part(SOURCE, "static PyObject *\npoint_new", "static PyObject *\nmake")[7:]
    + part(SOURCE, "static void\npoint_dealloc", "static PyTypeObject Special")
).replace("static PyTypeObject", "PyTypeObject")
SPECIAL = (
    '#include "geo.h"\n\n'
    + part(SOURCE, "static PyTypeObject Special", "static PyMethodDef")
    + part(SOURCE, "static int\nexecute", "static PyModuleDef_Slot")
    .replace("execute", "add_special")
    .replace("static int", "int")
)
MODULE = (
    '#include "geo.h"\n\n'
    + part(SOURCE, "static PyObject *\nmake", "static void\npoint_dealloc")
    + part(SOURCE, "static PyMethodDef", "static int\nexecute")
    + with_state(
        "static int\nexecute(PyObject *m)\n{\n    return add_special(m);\n}\n\n"
        + SOURCE[SOURCE.index("static PyModuleDef_Slot") :],
        STATE[STATE.index("static int") :],
    )
)
FILES = {
    "setup.py": SETUP_OF_FILES,
    "geo.h": HEADER,
    "geo.c": MODULE,
    "point.c": POINT,
    "special.cpp": SPECIAL,
}
CHECK = """
import sys
import geo

USE = '''
import sys
import geo
assert id(geo.Special) != other
point = geo.make(2.5)
first = geo
del sys.modules["geo"]
import geo
assert geo is not first and geo.Special is first.Special
assert geo.x_of(point) == 2.5
try:
    geo.x_of(1)
except TypeError as error:
    assert "geo.Point" in str(error), error
else:
    raise AssertionError
try:
    geo.Special.mark = 1
except TypeError:
    pass
else:
    raise AssertionError
'''
exec("other = 0" + USE)
here = id(geo.Special)
if sys.version_info >= (3, 12):
    try:
        import _interpreters
    except ImportError:
        import _xxsubinterpreters as _interpreters
    for _ in range(3):
        number = _interpreters.create()
        failed = _interpreters.run_string(number, f"other = {here}{USE}")
        assert failed is None, failed
        _interpreters.destroy(number)
assert id(geo.Special) == here
assert geo.x_of(geo.make(3.5)) == 3.5
print("the same")
"""
CHECK_OWN = (
    CHECK.replace("geo", "own").replace("Point", "Spot").replace("Special", "Rare")
)


def rewritten(project: Path, files: dict[str, str]) -> list[Path]:
    """Return the sources of a project after the command, which leaves nothing."""
    project.mkdir()
    for name, text in files.items():
        (project / name).write_text(text, "utf-8")
    report = fix_project(project, PythonVersion(3, 11), PythonVersion(3, 9))
    assert not report.left
    assert not report.remaining
    for name, data in report.contents.items():
        (project / name).write_bytes(data)
    whole = b"".join(report.contents.values())
    assert b"static PyTypeObject *" not in whole
    assert b"NOT_SUPPORTED" not in whole
    return sorted(project / name for name in files if name.endswith((".c", ".cpp")))


def test_interpreters_do_not_share_types(
    tmp_path: Path, pythons: tuple[FoundPython, ...]
) -> None:
    geo, own = rewritten(
        tmp_path / "geo", {"setup.py": SETUP, "geo.c": SOURCE, "own.c": OWN}
    )
    several = rewritten(tmp_path / "several", FILES)
    usable = [each for each in pythons if not each.free_threaded]
    headers = next(each for each in reversed(usable) if each.minor >= (3, 13))
    options = header_options(headers, "0x030B0000")
    checks: dict[str, str] = {}
    for folder, name, sources in (
        ("one", "geo", [geo]),
        ("one", "own", [own]),
        ("more", "geo", several),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        target = tmp_path / folder / f"{name}.abi3.so"
        linked: list[str | Path] = ["-shared", "-fPIC", "-o", target, *sources]
        done = run(["gcc", "-Wall", "-Werror", *options, *linked])
        assert done.returncode == 0, done.stderr
        check = CHECK if name == "geo" else CHECK_OWN
        checks[folder] = checks.get(folder, "") + check
    tried = set()
    for python in usable:
        if python.minor < (3, 11):
            continue
        for folder, check in checks.items():
            env = {**clean_environment(), "PYTHONPATH": str(tmp_path / folder)}
            done = run([str(python.executable), "-c", check], env=env)
            assert done.returncode == 0, done.stderr
            assert done.stdout == "the same\n" * check.count("the same")
        tried.add(python.minor >= (3, 12))
    assert tried == {True, False}
