"""Wheels for Windows, built on Linux, run by python.org's Pythons under wine."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import messages

from abi3build.import_libraries.import_objects import Machine
from abi3build.import_libraries.writing import write_import_library
from abi3build.versions import PythonVersion
from workbench.building import copy_project
from workbench.importing import unpack
from workbench.kits import ROOT, kit_for
from workbench.running import run_or_raise
from workbench.wine import missing_functions, windows_path

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Build, Workbench
    from workbench.fixture_types import BuildWheel, OnWindows, PythonNamed, Sample

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
EXAMPLES = ("c-package", "cpp", "cython")
GCC = "x86_64-w64-mingw32-gcc-win32"
GXX = "x86_64-w64-mingw32-g++-win32"

COMPILER = f"""
[tool.abi3build.targets.win_amd64]
compiler = "{GCC}"
cxx-compiler = "{GXX}"
"""
# MinGW's own DLLs are not on the machines of users.
VARIABLES = {"LDFLAGS": "-static"}

TRACE = {"WINEDEBUG": "warn+module"}

TOO_NEW = """\
__declspec(dllimport) int PyLong_AsInt(void *object);
__declspec(dllimport) void *PyLong_FromLong(long value);

int DllMainCRTStartup(void *module, unsigned long reason, void *reserved) { return 1; }

__declspec(dllexport) void *PyInit_core(void) {
    PyLong_AsInt(PyLong_FromLong(1));
    return 0;
}
"""


@pytest.fixture(scope="module")
def unpacked(build_wheel: BuildWheel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build C, C++ with exceptions and Cython; unpack the wheels beside their tests."""
    folder = tmp_path_factory.mktemp("windows")
    for name in EXAMPLES:
        project = copy_project(ROOT / "example_projects" / name, folder / name)
        wheel = build_for_windows(build_wheel, project).wheel
        assert wheel.name.endswith("-1.0.0-cp39-abi3-win_amd64.whl")
        unpack(wheel, folder / "unpacked")
        for test in project.glob("tests/*.py"):
            shutil.copy(test, folder / "unpacked")
    return folder / "unpacked"


def build_for_windows(build_wheel: BuildWheel, project: Path) -> Build:
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    text = text.replace("setuptools.build_meta", "abi3build.build_meta")
    pyproject.write_text(text + COMPILER, encoding="utf-8")
    target = "-Ctarget=win_amd64"
    return build_wheel(project, target, isolated=False, env=VARIABLES)


@pytest.mark.lab(*(f"windows-{version}" for version in VERSIONS), GCC, GXX)
@pytest.mark.parametrize("version", VERSIONS)
def test_one_wheel_passes_its_tests_on_every_windows_python(
    version: str,
    unpacked: Path,
    workbench: Workbench,
    on_windows: OnWindows,
    python_named: PythonNamed,
) -> None:
    kit = kit_for(python_named(version), workbench.cache)
    (tools,) = kit.python.parent.parent.glob("lib/python3*/site-packages")
    without = [f"-pno:{plugin}" for plugin in ("cacheprovider", "faulthandler")]
    done = on_windows(
        version,
        *("-m", "pytest", "--assert=plain", *without),
        folder=unpacked,
        env={**TRACE, "PYTHONPATH": windows_path(tools)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert missing_functions(done) == []


@pytest.mark.lab(GCC, GXX)
def test_what_the_dll_of_a_promised_python_lacks_is_named(
    example: Sample, build_wheel: BuildWheel
) -> None:
    """It is stable since 3.2 by the manifest, and the headers declare it."""
    project = example("c-minimal")
    source = project / "c_minimal.c"
    use = (
        "#include <pythread.h>\nvoid *lock(void) { return PyThread_allocate_lock(); }\n"
    )
    source.write_text(source.read_text(encoding="utf-8") + use, encoding="utf-8")
    build = build_for_windows(build_wheel, project)
    assert messages(build).splitlines()[-3:] == [
        "abi3build: error: extension c_minimal does not link with the Limited API of"
        " Python 3.9 (ABI605)",
        "  PyThread_allocate_lock: not in python3.dll of Python 3.9",
        '  hint: min-python = "3.10" settles PyThread_allocate_lock on Windows',
    ]


@pytest.mark.lab("windows-3.12")
def test_a_function_that_python_lacks_is_named(
    tmp_path: Path, on_windows: OnWindows
) -> None:
    """Wine loads what Windows would refuse: without this no import would prove much."""
    library = write_import_library(tmp_path, PythonVersion(3, 13), Machine.X86_64)
    (tmp_path / "core.c").write_text(TOO_NEW, encoding="utf-8")
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-windows-gnu"]
    options = ["-nostdlib", "-s", "-shared", "-o", "core.pyd"]
    run_or_raise([*zig, *options, "core.c", library.gnu], tmp_path)
    code = "import core; print('imported')"
    done = on_windows("3.12", "-c", code, folder=tmp_path, env=TRACE)
    assert missing_functions(done) == ["python3.dll.PyLong_AsInt"]
    # A busy wine may end with status 0 all the same, when its debugger ends first.
    assert "imported" not in done.stdout
