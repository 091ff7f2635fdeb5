"""What no symbol list shows: each way around the limit, built and judged."""

from __future__ import annotations

import re
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from outcomes import messages
from small_project import pyproject_with

from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Build, Workbench
    from workbench.fixture_types import BuildWheel, ImportOn, PythonNamed
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the evidence is GCC's and Clang's"
)

MODULE = """
static PyObject *first(PyObject *module, PyObject *items)
{{
    (void)module;
    PyObject *item = {expression};
    Py_XINCREF(item);
    return item;
}}
static PyMethodDef methods[] = {{
    {{"first", first, METH_O, NULL}},
    {{NULL, NULL, 0, NULL}},
}};
static PyModuleDef_Slot slots[] = {{{{0, NULL}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_sample(void) {{ return PyModuleDef_Init(&definition); }}
"""
LIMITED = MODULE.format(expression="PyTuple_GetItem(items, 0)")
INLINED = MODULE.format(expression="PyTuple_GET_ITEM(items, 0)")
HEADERS = sysconfig.get_path("include")
REFUSED_UNIT = (
    "abi3build: error: extension sample does not compile with the Limited API of Python"
    " 3.9 (ABI605)"
)
MISSING = "ABI401 macro-not-in-effect: Py_LIMITED_API is not defined where Python.h is"
CHANGE = "  hint: remove the change: abi3build defines the macro for the floor"


def write_project(folder: Path, source: str) -> Path:
    (folder / "pyproject.toml").write_text(pyproject_with("sample.c"), "utf-8")
    (folder / "sample.c").write_text(source, encoding="utf-8")
    return folder


RESTORED = (
    "#undef Py_LIMITED_API\n#include <Python.h>\n#define Py_LIMITED_API 0x03090000\n"
    + INLINED
)
ABSOLUTE = f'#undef Py_LIMITED_API\n#include "{HEADERS}/Python.h"\n' + INLINED
UNDECLARED = "#include <Python.h>\n" + MODULE.format(
    expression="PyList_GET_SIZE(items) ? items : NULL"
)


@pytest.fixture(scope="module")
def builds(
    workbench: Workbench, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Build]:
    """Build what needs no settings of its own, in one process."""
    sources = {"restored": RESTORED, "absolute": ABSOLUTE, "undeclared": UNDECLARED}
    projects = {
        name: write_project(tmp_path_factory.mktemp(name), source)
        for name, source in sources.items()
    }
    # The second one finds the objects of the first.
    twice = workbench.build_each([*projects.values(), projects["absolute"]])
    return dict(zip([*projects, "second"], twice))


def test_the_compile_stops_where_the_macro_is_wrong(builds: dict[str, Build]) -> None:
    """Other ways, compilers and headers: test_around_the_limit.py."""
    build = builds["restored"]
    assert build.returncode != 0
    assert not build.wheels
    assert messages(build).splitlines()[1:] == [
        REFUSED_UNIT,
        f"  sample.c:2: {MISSING} included",
        "  sample.c:1: #undef Py_LIMITED_API",
        "  sample.c:3: #define Py_LIMITED_API 0x03090000",
        CHANGE,
    ]


def test_a_second_build_of_the_same_objects_is_refused_again(
    builds: dict[str, Build],
) -> None:
    """Nothing is compiled then, and the evidence must still be there."""
    for name in ("absolute", "second"):
        said = messages(builds[name])
        assert "  sample.c\n    ABI401 Python.h" in said
        assert "read without Py_LIMITED_API in effect" in said
        assert not builds[name].wheels


def test_undeclared_functions_stop_the_compile(builds: dict[str, Build]) -> None:
    lines = messages(builds["undeclared"]).splitlines()
    assert lines[1] == REFUSED_UNIT
    assert lines[2].startswith("  sample.c:")
    assert "implicit declaration of function 'PyList_GET_SIZE'" in lines[2]
    assert lines[3] == (
        "  hint: for PyList_GET_SIZE use PyList_Size (stable since 3.2): Checks the"
        " type; -1 on error."
    )


@pytest.mark.parametrize(
    ("flags", "places"),
    [
        (
            "-g1",
            ["ABI101 _PyLong_Copy", "private, never stable", "sample.c:9 in first()"],
        ),
        (
            "-g0",
            ["ABI101 _PyLong_Copy", "private, never stable", "sample.c:9 in first()"],
        ),
        (
            "-g0 -flto",
            ["ABI101 _PyLong_Copy", "private, never stable", "sample.c:2 and 2 more"],
        ),
    ],
)
def test_the_line_is_told_with_and_without_debug_information(
    tmp_path: Path, build_wheel: BuildWheel, flags: str, places: list[str]
) -> None:
    """The objects of link-time optimization do not even tell the function."""
    source = """\
#include <Python.h>
PyObject *_PyLong_Copy(PyObject *);
#define COPY(given) _PyLong_Copy(given)
/* _PyLong_Copy */
"""
    project = write_project(tmp_path, source + MODULE.format(expression="COPY(items)"))
    env = {"CFLAGS": flags}
    lines = messages(build_wheel(project, isolated=False, env=env)).splitlines()
    assert re.split(" {3,}", lines[3].strip()) == places


def test_verify_off_leaves_the_compile_alone(
    tmp_path: Path, build_wheel: BuildWheel
) -> None:
    source = "#undef Py_LIMITED_API\n#include <Python.h>\n" + INLINED
    project = write_project(tmp_path, source)
    build = build_wheel(project, isolated=False, env={"ABI3BUILD_VERIFY": "off"})
    assert build.wheel.name.startswith("sample-1.0-cp39-abi3-")


def test_every_unit_leaves_a_note_that_outlives_strip(
    tmp_path: Path, build_wheel: BuildWheel
) -> None:
    project = write_project(tmp_path, "#include <Python.h>\n" + LIMITED)
    env = {"LDFLAGS": "-s"}
    _, (file,) = read_wheel(build_wheel(project, isolated=False, env=env).wheel)
    (image,) = file.images
    assert image.symbol_table_stripped
    (note,) = image.unit_notes
    assert (note.limited_api, note.abi3t) == (0x03090000, False)
    assert note.headers == sys.hexversion


SIZES = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *length(PyObject *module, PyObject *args)
{
    const char *text;
    Py_ssize_t size = -1;
    PyObject *built, *called;
    (void)module;
    if (!PyArg_ParseTuple(args, "s#", &text, &size)) {
        return NULL;
    }
    built = Py_BuildValue("y#", text, size);
    if (built == NULL) {
        return NULL;
    }
    called = PyObject_CallMethod(built, "count", "y#", text, size);
    Py_DECREF(built);
    if (called == NULL) {
        return NULL;
    }
    Py_DECREF(called);
    return PyLong_FromSsize_t(size);
}
static PyMethodDef methods[] = {
    {"length", length, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""


@pytest.mark.lab("3.9", "3.13", "3.15")
@pytest.mark.parametrize(
    ("builder", "verify"),
    [("3.11", "error"), ("3.13", "error"), ("3.15", "error"), ("3.15", "off")],
)
def test_sizes_in_formats_are_right_on_every_python(  # noqa: PLR0913, PLR0917 - fixtures
    tmp_path: Path,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
    pythons: tuple[FoundPython, ...],
    builder: str,
    verify: str,
) -> None:
    """Headers from 3.13 on drop the mapping that "#" needs below 3.13.

    Without verification, as with Microsoft's compiler, our Python.h does not come in.
    """
    project = write_project(tmp_path, SIZES)
    build = build_wheel(
        project,
        python=python_named(builder),
        isolated=False,
        env={"ABI3BUILD_VERIFY": verify},
    )
    code = "import sample; print(sample.length('size'))"
    promised = [
        python
        for python in pythons
        if python.minor >= (3, 9) and not python.free_threaded
    ]
    said = {
        python.label: import_on(python, build.wheel, code).stdout.strip()
        for python in promised
    }
    assert said == dict.fromkeys(said, "4")
