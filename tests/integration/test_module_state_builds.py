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

setup(name="geo", ext_modules=[Extension("geo", ["geo.c"])])
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
CHECK = """
import sys
import geo

USE = '''
import sys
import geo
assert not hasattr(geo.Special, "mark")
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
geo.Special.mark = 1
del geo.Special.mark
'''
exec(USE)
geo.Special.mark = 2
if sys.version_info >= (3, 12):
    try:
        import _interpreters
    except ImportError:
        import _xxsubinterpreters as _interpreters
    for _ in range(3):
        number = _interpreters.create()
        failed = _interpreters.run_string(number, USE)
        assert failed is None, failed
        _interpreters.destroy(number)
assert geo.Special.mark == 2
assert geo.x_of(geo.make(3.5)) == 3.5
print("the same")
"""


def test_interpreters_do_not_share_types(
    tmp_path: Path, pythons: tuple[FoundPython, ...]
) -> None:
    project = tmp_path / "geo"
    project.mkdir()
    (project / "setup.py").write_text(SETUP, "utf-8")
    (project / "geo.c").write_text(SOURCE, "utf-8")
    report = fix_project(project, PythonVersion(3, 11), PythonVersion(3, 9))
    assert not report.left
    assert not report.remaining
    source = tmp_path / "geo.c"
    source.write_bytes(report.contents["geo.c"])
    usable = [each for each in pythons if not each.free_threaded]
    headers = next(each for each in reversed(usable) if each.minor >= (3, 13))
    target: list[str | Path] = ["-shared", "-fPIC", "-o", tmp_path / "geo.abi3.so"]
    options = header_options(headers, "0x030B0000")
    done = run(["gcc", "-Wall", "-Werror", *options, *target, source])
    assert done.returncode == 0, done.stderr
    env = {**clean_environment(), "PYTHONPATH": str(tmp_path)}
    tried = set()
    for python in usable:
        if python.minor < (3, 11):
            continue
        done = run([str(python.executable), "-c", CHECK], env=env)
        assert (done.returncode, done.stdout) == (0, "the same\n"), done.stderr
        tried.add(python.minor >= (3, 12))
    assert tried == {True, False}
