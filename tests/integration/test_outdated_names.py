"""A build names what its compiler calls deprecated, and what newer headers drop."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import messages
from small_project import pyproject_with

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, PythonNamed

_MODULE = """\
#include <Python.h>
static PyObject *made(PyObject *module, PyObject *given)
{
    PyEval_InitThreads();
    if (given == module) { return PyEval_CallObject(given, NULL); }
#if PY_VERSION_HEX < 0x030F0000
    PyImport_ImportModuleNoBlock("sys");
#endif
    return PyLong_FromLong(1);
}
static PyMethodDef methods[] = {{"made", made, METH_O, NULL},
                                {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
_NAMED = ["PyEval_CallObject", "PyEval_CallObjectWithKeywords", "PyEval_InitThreads"]


@pytest.mark.skipif(sys.platform != "linux", reason="the warnings of GCC and Clang")
@pytest.mark.lab("3.11")
def test_names_are_in_the_report_of_every_build(
    build_wheel: BuildWheel, python_named: PythonNamed, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(pyproject_with("sample.c"), "utf-8")
    (project / "sample.c").write_text(_MODULE, encoding="utf-8")
    report = tmp_path / "report.json"
    # First without a pool, then with one; the second build compiles nothing.
    for jobs in ("1", "2"):
        build = build_wheel(
            project,
            isolated=False,
            python=python_named("3.11"),
            env={"MAX_JOBS": jobs, "ABI3BUILD_REPORT": f"json={report}"},
        )
        assert (
            "  ABI504 PyEval_InitThreads              info: the compiler warns:"
            " deprecated since 3.9   sample.c:4" in messages(build)
        )
        (audited,) = json.loads(report.read_text(encoding="utf-8"))["reports"]
        assert audited["keeps_promise"]
        found = audited["outdated_names"]
        assert [each["name"] for each in found] == _NAMED
        assert found[1] == {
            "name": "PyEval_CallObjectWithKeywords",
            "deprecated_since": "3.9",
            "removed_in": "3.13",
            "instead": "use PyObject_Call (stable since 3.2)",
            "compiler_warned": True,
            "places": ["sample.c:5"],
        }
        assert not found[0]["compiler_warned"]
