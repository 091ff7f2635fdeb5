"""What `port --fix` writes in place of reads of hidden memory gives the same values."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from compat_module import header_options

from abi3build.port_fix.fixing import fix_project
from abi3build.versions import PythonVersion
from workbench.pythons import find_pythons
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.pythons import FoundPython

pytest.importorskip("tree_sitter")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links as on Linux")

SETUP = """\
from setuptools import Extension, setup

setup(name="seen", ext_modules=[Extension("seen", ["seen.c"])])
"""
SOURCE = """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    int number;
} Own;

static PyTypeObject One = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "One",
    .tp_basicsize = sizeof(Own),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyTypeObject Pair = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "seen.Pair",
    .tp_basicsize = sizeof(PyTupleObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_base = &PyTuple_Type,
};

static PyObject *
characters(PyObject *module, PyObject *text)
{
    Py_ssize_t i = 0, length = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    PyObject *found = PyList_New(0);
    while (i <= length) {
        PyObject *each = PyLong_FromLong((long)PyUnicode_READ(kind, data, i++));
        PyList_Append(found, each);
        Py_DECREF(each);
    }
    return found;
}

static PyObject *
of_type(PyObject *module, PyObject *o)
{
    PyTypeObject *type = (PyTypeObject *)o;
    PyObject *name = PyUnicode_FromString("known");
    PyObject *found = Py_BuildValue(
        "(OiO)", type->tp_mro, PyDict_Contains(type->tp_dict, name), type->tp_dict);
    Py_DECREF(name);
    return found;
}

static PyObject *
of_code(PyObject *module, PyObject *o)
{
    PyCodeObject *code = (PyCodeObject *)o;
    int varies = code->co_flags & CO_VARARGS;
    return Py_BuildValue("(iiOO)", varies, code->co_argcount, code->co_name,
                         ((PyCodeObject *)o)->co_consts);
}

static PyMethodDef methods[] = {
    {"characters", characters, METH_O, NULL},
    {"of_type", of_type, METH_O, NULL},
    {"of_code", of_code, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "seen", NULL, -1, methods,
};

#define READY(type) \\
    do { \\
        type.tp_new = PyType_GenericNew; \\
        if (PyType_Ready(&type) < 0) return NULL; \\
    } while (0)
#define START(name) PyMODINIT_FUNC PyInit_##name(void)

START(seen)
{
    PyTypeObject *types[] = {&One, NULL};
    PyObject *m = PyModule_Create(&module);
    int i;
    READY(One);
    for (i = 0; types[i]; i++) {
        PyTypeObject *type = types[i];
        const char *name = type->tp_name;
        if (name[0] != '_')
            PyModule_AddObject(m, name, (PyObject *)type);
    }
    if (PyType_Ready(&Pair) < 0)
        return NULL;
    Py_INCREF(&Pair);
    PyModule_AddObject(m, "Pair", (PyObject *)&Pair);
    return m;
}
"""
CHECK = """
import json
import seen

class Hiding(type):
    __dict__ = property(lambda _: {})
    __mro__ = ()

class Shown(metaclass=Hiding):
    known = 1

class Derived(seen.One.__base__):
    pass

def function(a, *b):
    return "constant"

found = {"characters": [seen.characters(each) for each in
                        ("", "ab", "\\xe9\\x00", "\\u20ac.", "\\U0001f600")]}
for each in (Shown, Derived):
    order, known, members = seen.of_type(each)
    real = type.__dict__["__dict__"].__get__(each)
    found[each.__name__] = [list(map(str, order)), known, members == real]
try:
    raise KeyError
except KeyError:
    found["handled"] = seen.of_type(Shown)[1]
found["code"] = repr(seen.of_code(function.__code__))
found["pair"] = [seen.Pair((1, 2)), seen.Pair.__itemsize__, len({seen.Pair((1,)): 1})]
found["one"] = [seen.One.__name__, type(seen.One()).__name__]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the source as the command leaves it."""
    folder = tmp_path_factory.mktemp("project") / "seen"
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    (folder / "seen.c").write_text(SOURCE)
    floor = PythonVersion(3, 11)
    report = fix_project(folder, floor, floor, compat=True)
    assert (report.remaining, report.left) == ((), ())
    return report.contents["seen.c"]


def compiled(
    source: bytes, folder: Path, floor: str | None, python: FoundPython
) -> Path:
    """Compile the module with the headers of a Python; return its folder."""
    folder.mkdir()
    (folder / "seen.c").write_bytes(source)
    options = header_options(python, floor)
    command = ["cc", "-shared", "-fPIC", *options, "seen.c", "-o", "seen.so"]
    done = run(command, folder)
    assert done.returncode == 0, done.stderr
    return folder


def said(folder: Path, python: FoundPython) -> object:
    """Return what a module gives on a Python."""
    done = run([python.executable, "-c", CHECK], folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_reads_give_what_they_gave(fixed: bytes, tmp_path: Path) -> None:
    assert b"sizeof(PyTupleObject)" not in fixed
    pythons = [
        each
        for each in find_pythons()
        if each.is_regular and each.has_headers and each.minor >= (3, 11)
    ]
    oldest, newest = pythons[0], pythons[-1]
    limited = compiled(fixed, tmp_path / "limited", "0x030B0000", oldest)
    for number, python in enumerate(dict.fromkeys((oldest, newest))):
        before = compiled(SOURCE.encode(), tmp_path / f"{number}", None, python)
        plain = compiled(fixed, tmp_path / f"plain-{number}", None, python)
        expected = said(before, python)
        assert said(plain, python) == expected
        assert said(limited, python) == expected
