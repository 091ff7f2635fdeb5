"""The compatibility header in real builds, beside back-ports of a project's own."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from compat_module import header_options
from outcomes import messages
from small_project import PYPROJECT

from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, ImportOn
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the header is for GCC and Clang"
)

EXTENSION = """\
compat = true
[tool.setuptools]
py-modules = []
ext-modules = [
    { name = "sample", sources = ["sample.c", "backports.c", "classes.cpp"] },
]
"""
SAMPLE = """\
#include <Python.h>

PyObject *backported(PyObject *module, PyObject *list);
PyObject *spoken(PyObject *module, PyObject *text);

static PyObject *last(PyObject *module, PyObject *items)
{
    (void)module;
    return Py_NewRef(PyTuple_GET_ITEM(items, PyTuple_GET_SIZE(items) - 1));
}

/* Called when Python ends, where it may not ask an object anything. */
static void ending(PyObject *capsule)
{
    (void)capsule;
    printf("ending %d\\n", PY_VERSION_HEX >= 0x030D0000 ? 1 : _Py_IsFinalizing());
    fflush(stdout);
}

static PyObject *keep(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyCapsule_New((void *)ending, NULL, ending);
}

/* These names belong to structmember.h, which is not included. */
static int T_INT = 1, T_OBJECT = 2, READONLY = 3;

static PyObject *members(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromLong(T_INT + T_OBJECT + READONLY);
}

static PyMethodDef methods[] = {
    {"backported", backported, METH_O, NULL}, {"keep", keep, METH_NOARGS, NULL},
    {"last", last, METH_O, NULL}, {"members", members, METH_NOARGS, NULL},
    {"spoken", spoken, METH_O, NULL}, {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
BACKPORTS = """\
#include <Python.h>

/* As headers of back-ports do it: by the version of Python's headers. */
#if PY_VERSION_HEX < 0x030A00A3
static inline PyObject *Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}
#endif
#if PY_VERSION_HEX < 0x030D00A1
static inline PyObject *PyList_GetItemRef(PyObject *list, Py_ssize_t index)
{
    PyObject *item = PyList_GetItem(list, index);
    return Py_XNewRef(item);
}
#endif
#ifndef PyList_GET_SIZE
#  error "a name that a project asks for is not offered"
#endif

/* And as others do it: under the limit in any case, a function and a macro. */
static inline PyObject *PyObject_CallNoArgs(PyObject *callable)
{
    (void)callable;
    return PyUnicode_FromString("own function");
}
static PyObject *PyObject_CallOneArg(PyObject *callable, PyObject *argument)
{
    (void)callable;
    Py_INCREF(argument);
    return argument;
}
#undef PyTuple_GET_SIZE
#define PyTuple_GET_SIZE(tuple) 77

PyObject *backported(PyObject *module, PyObject *list)
{
    PyObject *item = PyList_GetItemRef(list, 0);
    (void)module;
    if (item == NULL)
        return NULL;
    return Py_BuildValue("(NNNi)", item, PyObject_CallNoArgs(list),
                         PyObject_CallOneArg(list, list), PyTuple_GET_SIZE(list));
}
"""
CLASSES = """\
extern "C" {
#include <Python.h>
}

static inline PyObject *PyObject_CallNoArgs(PyObject *callable)
{
    (void)callable;
    return PyUnicode_FromString("own function of C++");
}

extern "C" PyObject *spoken(PyObject *module, PyObject *text)
{
    const char *characters = PyUnicode_AsUTF8(text);
    PyObject *upper, *name = PyUnicode_FromString("upper");
    (void)module;
    if (characters == NULL)
        return NULL;
    upper = PyObject_CallMethodNoArgs(text, name);
    Py_DECREF(name);
    return Py_BuildValue("(sNN)", characters, PyObject_CallNoArgs(text), upper);
}
"""
REFUSED = (
    "abi3build: error: extension sample does not compile with the Limited API of Python"
    " 3.9"
)
USE = """
import sample
assert sample.last((1, [2])) == [2]
assert sample.backported(["item"]) == ("item", "own function", ["item"], 77)
assert sample.spoken("na\\u00efve") == (
    "na\\u00efve", "own function of C++", "NA\\u00cfVE")
assert sample.members() == 6
sample.kept = sample.keep()
print("used")
"""


def write_project(folder: Path, table: str = EXTENSION) -> Path:
    folder.mkdir()
    for name, text in (
        ("pyproject.toml", PYPROJECT + table),
        ("sample.c", SAMPLE),
        ("backports.c", BACKPORTS),
        ("classes.cpp", CLASSES),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def record_of(wheel: Path) -> dict[str, object]:
    with zipfile.ZipFile(wheel) as archive:
        record: dict[str, object] = json.loads(
            archive.read("sample-1.0.dist-info/abi3build.json")
        )
        return record


def test_a_wheel_with_the_header_works_from_its_floor_on(
    tmp_path: Path,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    pythons: tuple[FoundPython, ...],
) -> None:
    project = write_project(tmp_path / "project")
    wheel = build_wheel(project, isolated=False).wheel
    assert "-cp39-abi3-" in wheel.name
    assert record_of(wheel)["compat"] is True
    for python in pythons:
        if python.minor >= (3, 9) and not python.free_threaded:
            done = import_on(python, wheel, USE)
            expected = (0, "used\nending 1\n")
            assert (done.returncode, done.stdout) == expected, done.stderr


def test_each_way_to_ask_for_it_and_not_to(
    tmp_path: Path, build_wheel: BuildWheel
) -> None:
    project = write_project(tmp_path / "project", EXTENSION.partition("\n")[2])
    plain = build_wheel(project, isolated=False)
    assert plain.returncode != 0
    assert f"{REFUSED} (ABI605)" in messages(plain)
    env = {"ABI3BUILD_COMPAT": "1", "ABI3BUILD_VERIFY": "off"}
    built = build_wheel(project, "-C", "compat=false", isolated=False, env=env)
    assert record_of(built.wheel)["compat"] is True
    built.wheel.unlink()
    # What was built with the header does not stand in for what is built without it.
    again = build_wheel(project, "-C", "compat=false", isolated=False)
    assert again.returncode != 0
    assert not again.wheels


def test_a_wheel_without_it_says_nothing_of_it(
    tmp_path: Path, build_wheel: BuildWheel
) -> None:
    table = EXTENSION.replace("compat = true\n", "").replace(
        '"sample.c", "backports.c", "classes.cpp"', '"plain.c"'
    )
    project = write_project(tmp_path / "project", table)
    module = 'PyMODINIT_FUNC PyInit_sample(void) { return PyModule_New("sample"); }\n'
    (project / "plain.c").write_text(f"#include <Python.h>\n{module}", "utf-8")
    wheel = build_wheel(project, isolated=False).wheel
    assert "compat" not in record_of(wheel)
    assert not list(project.rglob("*abi3build_compat*"))


@pytest.mark.parametrize("compiler", ["gcc -xc", "clang -xc", "g++ -xc++"])
@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("int main(void) { return 0; }", ""),
        (
            "PyTypeObject *type; const char *f(void) { return type->tp_name; }",
            "tp_name",
        ),
        ("Py_buffer view;", "Py_buffer"),
        (
            "int f(PyObject *text) { return PyUnicode_DATA(text) != 0; }",
            "PyUnicode_DATA",
        ),
        (
            'wchar_t *f(void) { return Py_DecodeLocale("", 0); }',
            "needs_min_python_3_13",
        ),
        (
            "PyObject **f(PyObject *o) { return PySequence_Fast_ITEMS(o); }",
            "Fast_ITEMS",
        ),
        ("PyListObject list;", "list"),
        ("PyTypeObject *types[] = {&PyMethod_Type};", "initializer element"),
    ],
)
def test_what_cannot_be_mapped_does_not_compile(
    tmp_path: Path, compiler: str, code: str, refusal: str
) -> None:
    command = compiler.split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} missing")
    source = tmp_path / "source"
    source.write_text(f"#include <Python.h>\n{code}\n", encoding="utf-8")
    options = header_options(running_python(), "0x03090000")
    strict = ["-Wall", "-Wextra", "-Wundef", "-pedantic", "-Werror", "-fsyntax-only"]
    done = run([*command, *strict, *options, source])
    if not refusal:
        assert (done.returncode, done.stderr) == (0, "")
    elif command[-1] == "-xc++" and code.startswith("PyTypeObject *types"):
        assert done.returncode == 0  # C++ runs such an initializer when it loads
    else:
        assert done.returncode != 0
        assert refusal in done.stderr
