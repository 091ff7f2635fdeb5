"""Plan a project whose setup tries the compiler: only its own sources count."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from calling import run

pytest.importorskip("tree_sitter", reason="the extra port needs Python 3.10")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="setup is asked on Unix only"
)

COMPILER = """\
import pathlib, sys
source = pathlib.Path(sys.argv[sys.argv.index("-c") + 1])
if "missing" in source.read_text():
    sys.exit("error: missing")
output = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
output.parent.mkdir(parents=True, exist_ok=True)
output.write_text("")
"""
BEGINNING = f"""\
import os, tempfile
from setuptools import Extension, setup
from distutils.unixccompiler import UnixCCompiler

compiler = UnixCCompiler()
compiler.set_executables(compiler_so={[sys.executable, "compiler.py"]!r})
macros = []
"""
END = "setup(ext_modules=[Extension('own', ['own.c'], define_macros=macros)])\n"
TRIALS = """\
def compiles(code, stays, folder=None):
    descriptor, source = tempfile.mkstemp(".c", dir=folder)
    with open(descriptor, "w") as file:
        file.write(code)
    try:
        compiler.compile([source], output_dir=tempfile.mkdtemp())
    except Exception:
        return "0"
    finally:
        if not stays:
            os.remove(source)
    return "1"

macros += [
    ("HAS_THERE", compiles("there", True)),
    ("HAS_MISSING", compiles("missing", False)),
]
compiles("in the tree", False, os.getcwd())
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "outer" / "project"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    Path("compiler.py").write_text(COMPILER)
    Path("own.c").write_text(
        "#include <Python.h>\n"
        "#if HAS_THERE\nint f(PyObject *x) { return PyTuple_GET_SIZE(x); }\n#endif\n"
        "#if HAS_MISSING\nint g(PyObject *x) { return PyList_GET_SIZE(x); }\n#endif\n"
    )


def test_what_setup_tries_is_answered_and_not_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("setup.py").write_text(BEGINNING + TRIALS + END)
    one, other, text = (
        run(capsys, "port", "--format", form) for form in ("json", "json", "text")
    )
    assert one == other
    report = json.loads(one[1])
    assert [each["name"] for each in report["constructs"]] == ["PyTuple_GET_SIZE"]
    assert (report["origin"], report["skipped"]) == ("what setup compiles", {})
    assert "generated" not in text[1]


def test_a_source_that_was_never_there_is_still_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("setup.py").write_text(BEGINNING + END.replace("'own.c'", "'own.c', 'made.c'"))
    assert json.loads(run(capsys, "port", "--format", "json")[1])["skipped"] == {
        "made.c": "not there: build once if the build generates it, then try again"
    }


def test_a_setup_that_ends_on_a_temporary_file_is_told_without_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("setup.py").write_text(BEGINNING + "open(tempfile.mkdtemp() + '/gone.c')\n")
    assert json.loads(run(capsys, "port", "--format", "json")[1])["origin"] == (
        "every source in the tree; setup gave no result: FileNotFoundError: [Errno 2]"
        " No such file or directory: 'a temporary file'"
    )


def test_sources_and_headers_beside_the_project(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shared = Path("../shared")
    shared.mkdir()
    (shared / "both.c").write_text(
        '#include "both.h"\nint f(PyObject *x) { return PyTuple_GET_SIZE(x); }\n'
    )
    (shared / "both.h").write_text("#include <Python.h>\n")
    beside = "Extension('own', ['../shared/both.c', '../no.c'], ['../shared'])"
    Path("setup.py").write_text(f"{BEGINNING}setup(ext_modules=[{beside}])\n")
    report = json.loads(run(capsys, "port", "--format", "json")[1])
    no = Path("../no.c").resolve()
    assert [each["name"] for each in report["constructs"]] == ["PyTuple_GET_SIZE"]
    assert report["origin"] == "what setup compiles"
    assert report["skipped"] == {
        str(no): "not there: build once if the build generates it, then try again"
    }
