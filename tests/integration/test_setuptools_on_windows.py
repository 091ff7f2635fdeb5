"""setuptools in real Windows Pythons, under wine, with compilers for MinGW.

Stands in for a Windows machine in one thing: the compiler runs on Linux beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from abi3build.binaries.loading import read_file
from workbench.importing import unpack
from workbench.kits import kit_for
from workbench.running import run_or_raise
from workbench.windows_compiler import compiler_served
from workbench.wine import windows_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.building import Workbench
    from workbench.fixture_types import OnWindows, PythonNamed
    from workbench.running import Run

BUILDER = "3.13"
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "demo"
version = "1.0"

[tool.abi3build]
min-python = "3.9"

[tool.distutils.build_ext]
compiler = "mingw32"
"""
# The macro and the flag are for setuptools alone; abi3build would set them.
SETUP = """\
from setuptools import Extension, setup
limit = [("Py_LIMITED_API", "0x03090000")]
core = Extension("demo_core", ["core.c"], define_macros=limit, py_limited_api=True)
options = {"bdist_wheel": {"py_limited_api": "cp39"}}
setup(ext_modules=[core], options=options)
"""
CORE = """\
#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *ignored) {
    (void)self;
    (void)ignored;
    return PyLong_FromLong(42);
}

static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "demo_core", NULL, 0, methods, slots, NULL, NULL, NULL
};

PyMODINIT_FUNC PyInit_demo_core(void) { return PyModuleDef_Init(&module); }
"""


GCC = "x86_64-w64-mingw32-gcc-win32"
ALL_WINDOWS = [f"windows-{version}" for version in VERSIONS]

Setuptools = Callable[..., "Run"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    folder.mkdir()
    texts = {"pyproject.toml": PYPROJECT, "setup.py": SETUP, "core.c": CORE}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def setuptools(
    project: Path,
    workbench: Workbench,
    on_windows: OnWindows,
    python_named: PythonNamed,
) -> Setuptools:
    """Run Windows Python in the project, with setuptools and at will with abi3build."""
    kit = kit_for(python_named(BUILDER), workbench.cache)
    (tools,) = kit.python.parent.parent.glob("lib/python3*/site-packages")

    def run(
        *arguments: str, compiler: Sequence[str | Path], plugin: bool = True
    ) -> Run:
        paths = [workbench.own / "unpacked", tools] if plugin else [tools]
        variables = {"PYTHONPATH": ";".join(map(windows_path, paths))}
        with compiler_served(compiler, BUILDER, project.parent) as command:
            done = on_windows(
                BUILDER, *arguments, folder=project, env={**variables, "CC": command}
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


@pytest.mark.lab(*ALL_WINDOWS, GCC)
def test_only_with_abi3build_the_wheel_of_mingw_runs_on_every_python(
    project: Path, tmp_path: Path, setuptools: Setuptools, on_windows: OnWindows
) -> None:
    setuptools("setup.py", "build_ext", "--inplace", compiler=[GCC], plugin=False)
    assert python_libraries(project / "demo_core.pyd") == ["python313.dll"]

    pip = ["-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
    setuptools(*pip, "--wheel-dir", windows_path(tmp_path), ".", compiler=[GCC])
    unpacked = unpack(
        tmp_path / "demo-1.0-cp39-abi3-win_amd64.whl", tmp_path / "unpacked"
    )
    assert python_libraries(unpacked / "demo_core.pyd") == ["python3.dll"]
    for version in VERSIONS:
        code = "import demo_core; print(demo_core.answer())"
        done = on_windows(version, "-c", code, folder=unpacked)
        assert (done.returncode, done.stdout) == (0, "42\n"), done


@pytest.mark.lab("windows-3.13", "clang", GCC)
def test_clang_links_the_stable_library(project: Path, setuptools: Setuptools) -> None:
    runtime = Path(run_or_raise([GCC, "-print-libgcc-file-name"]).stdout.strip())
    clang = ["clang", "--target=x86_64-w64-mingw32", f"-L{runtime.parent}"]
    setuptools("setup.py", "build_ext", "--inplace", compiler=clang)
    assert python_libraries(project / "demo_core.pyd") == ["python3.dll"]


def python_libraries(extension: Path) -> list[str]:
    (image,) = read_file(extension).images
    return [name for name in image.libraries if "python" in name]
