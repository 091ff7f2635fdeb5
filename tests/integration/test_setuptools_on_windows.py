"""setuptools in real Windows Pythons, under wine, with compilers for MinGW.

Stands in for a Windows machine in one thing: the compiler runs on Linux beside it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from abi3build.inspection.image_files import read_file
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


HAND_OVER = """\
import glob, os, shlex, setuptools
from distutils._msvccompiler import MSVCCompiler
call = MSVCCompiler.call
def hand_over(self, command, **options):
    return call(self, [*shlex.split(os.environ["CC"]), *command], **options)
MSVCCompiler.call = hand_over
sources = sorted(glob.glob("*.c"))
"""
NEEDED_HEADERS = (
    *("assert", "basetsd", "ctype", "errno", "inttypes", "io", "math", "stdio"),
    *("stdlib", "string", "sys/stat", "sys/types", "time", "wchar"),
)
DECLARATIONS = """\
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#define assert(condition) ((void)0)
typedef struct file FILE;
typedef long long SSIZE_T;
size_t strlen(const char *text);
"""
GCC = "x86_64-w64-mingw32-gcc-win32"
HEADERS = f"windows-{BUILDER}-headers"
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
        *arguments: str,
        compiler: Sequence[str | Path],
        plugin: bool = True,
        status: int = 0,
    ) -> Run:
        paths = [workbench.own / "unpacked", tools] if plugin else [tools]
        variables = {
            "DISTUTILS_USE_SDK": "1",
            "PYTHONPATH": ";".join(map(windows_path, paths)),
        }
        with compiler_served(compiler, BUILDER, project.parent) as command:
            done = on_windows(
                BUILDER, *arguments, folder=project, env={**variables, "CC": command}
            )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


@pytest.mark.lab(*ALL_WINDOWS, HEADERS, GCC)
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


@pytest.mark.lab(HEADERS, "clang", GCC)
def test_clang_links_the_stable_library(project: Path, setuptools: Setuptools) -> None:
    runtime = Path(run_or_raise([GCC, "-print-libgcc-file-name"]).stdout.strip())
    clang = ["clang", "--target=x86_64-w64-mingw32", f"-L{runtime.parent}"]
    setuptools("setup.py", "build_ext", "--inplace", compiler=clang)
    assert python_libraries(project / "demo_core.pyd") == ["python3.dll"]


@pytest.mark.lab("windows-3.9", HEADERS, "clang", "lld-link")
def test_the_macro_in_every_unit_with_the_compiler_of_microsoft(
    project: Path, setuptools: Setuptools, on_windows: OnWindows
) -> None:
    """Clang and LLVM's linker, which take the same options, stand in for its tools.

    So do the few declarations that Python.h needs for the headers of its C library;
    setuptools and abi3build are as they are.
    """
    compiler = stand_in_for_microsoft(project)
    setuptools("setup.py", "build_ext", "--inplace", compiler=compiler)
    assert python_libraries(project / "demo_core.pyd") == ["python3.dll"]
    code = "import demo_core; print(demo_core.answer())"
    assert on_windows("3.9", "-c", code, folder=project).stdout == "42\n"

    (project / "other.c").write_text("#undef Py_LIMITED_API\n#include <pyconfig.h>\n")
    done = setuptools(
        "setup.py", "build_ext", "--inplace", "--force", compiler=compiler, status=1
    )
    assert "    ABI401 python313.lib" in done.stderr
    assert "other.c:1" in done.stderr


def stand_in_for_microsoft(project: Path) -> list[str]:
    """Return the command that runs in place of cl.exe and link.exe."""
    setup = project / "setup.py"
    setup.write_text(HAND_OVER + SETUP.replace('["core.c"]', "sources"), "utf-8")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(PYPROJECT.replace("mingw32", "msvc"), "utf-8")
    tools = project.parent / "microsoft"
    headers = tools / "include"
    (headers / "sys").mkdir(parents=True)
    for name in NEEDED_HEADERS:
        (headers / f"{name}.h").write_text(DECLARATIONS, encoding="utf-8")
    clang = "clang --driver-mode=cl --target=x86_64-pc-windows-msvc"
    without_runtime = "/noentry /nodefaultlib:msvcrt /nodefaultlib:oldnames"
    commands = {
        "cl.exe": f"{clang} -imsvc {headers} -Wno-unused-command-line-argument",
        "link.exe": f"lld-link {without_runtime}",
    }
    for name, command in commands.items():
        script = tools / name
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return ["env", f"PATH={tools}:{os.environ['PATH']}"]


def python_libraries(extension: Path) -> list[str]:
    (image,) = read_file(extension).images
    return [name for name in image.libraries if "python" in name]
