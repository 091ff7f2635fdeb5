"""``port --fix --write --try`` as a user calls it, on a project with its own tests."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from abi3build.cli import main

pytest.importorskip("tree_sitter")

SETUP = """\
from setuptools import Extension, setup

setup(name="pair", version="1.0", ext_modules=[Extension("pair", ["pair.c"])])
"""

SOURCE = r"""
#include <Python.h>

static PyTypeObject Pair_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "Pair",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "pair", NULL, -1};

PyMODINIT_FUNC
PyInit_pair(void)
{
    PyObject *created;
    if (PyType_Ready(&Pair_Type) < 0) {
        return NULL;
    }
    created = PyModule_Create(&module);
    PyModule_AddObject(created, "Pair", (PyObject *)&Pair_Type);
    return created;
}
"""

# What the report calls different in behavior, so the tests must show it.
TESTS = """\
import unittest
import pair

class Tests(unittest.TestCase):
    def test_instances(self):
        self.assertIs(type(pair.Pair()), pair.Pair)

    def test_immutable(self):
        with self.assertRaises(TypeError):
            pair.Pair.new = 1

    def test_module(self):
        self.assertEqual(pair.Pair.__module__, "builtins")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pair"
    (folder / "tests").mkdir(parents=True)
    (folder / "setup.py").write_text(SETUP)
    (folder / "pair.c").write_text(SOURCE)
    (folder / "tests" / "test_pair.py").write_text(TESTS)
    # One Python is enough here, and each more takes two builds.
    programs = [str(Path(sys.executable).parent), os.defpath, "/usr/local/bin"]
    monkeypatch.setenv("PATH", os.pathsep.join(programs))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


def tried(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any]:
    floor = "{}.{}".format(*sys.version_info)
    words = ["port", "--fix", "--write", "--try", "--floor", floor, "--format", "json"]
    status = main([*words, *options])
    out, error = capsys.readouterr()
    assert error == ""
    return status, json.loads(out)["trial"]


def test_a_different_test_fails_and_the_same_ones_pass(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = "{}.{}".format(*sys.version_info)
    status, trial = tried(capsys)
    assert b"Pair_Type_spec" in (project / "pair.c").read_bytes()
    assert sorted(path.name for path in project.iterdir()) == [
        "pair.c",
        "setup.py",
        "tests",
    ]
    assert trial["fault"] is None
    assert trial["findings"] == []
    assert label in trial["imported_on"]
    assert trial["tests"]["origin"] == "tests"
    (compared,) = (each for each in trial["comparisons"] if each["python"] == label)
    assert compared["plain"]["counts"] == {"passed": 3}
    assert compared["abi3"]["counts"] == {"failed": 1, "passed": 2}
    (name,) = compared["abi3"]["not_passed"]
    assert name == "tests/test_pair.py::Tests::test_module"
    assert (status, trial["proved"]) == (1, False)

    # The sources before it are those that were written, so nothing may differ.
    words = "python -m unittest discover {project}/tests"
    (project / "tests" / "test_pair.py").write_text(
        TESTS.partition("    def test_mod")[0]
    )
    status, trial = tried(capsys, "--command", words)
    assert (status, trial["proved"]) == (0, True)
    assert trial["comparisons"][0]["abi3"]["counts"] == {"passed": 2}
