"""Wheels for Windows, built on Linux, run by python.org's Pythons under wine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.import_libraries.machines import Machine
from abi3build.import_libraries.writing import write_import_library
from abi3build.versions import PythonVersion
from workbench.running import run_or_raise
from workbench.wine import missing_functions

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import OnWindows

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
    code = "import core"
    done = on_windows("3.12", "-c", code, folder=tmp_path, env=TRACE)
    assert missing_functions(done) == ["python3.dll.PyLong_AsInt"]
    assert done.returncode != 0
