"""Every kind of linker takes what ``abi3build import-library`` writes.

No C runtime takes part, so Zig never builds one and each link takes a blink.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Callable

import pytest

from abi3build.import_libraries.import_objects import Machine
from abi3build.import_libraries.writing import write_import_library
from abi3build.inspection.image_files import read_file
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

ZIG = (sys.executable, "-m", "ziglang")
GCC = "x86_64-w64-mingw32-gcc-win32"

SOURCE = """\
__declspec(dllimport) void *PyLong_FromLong(long value);
__declspec(dllimport) int PyLong_AsInt(void *object);
__declspec(dllimport) extern int _Py_NoneStruct;
extern void *PyList_New(long long size); /* called through the jump of the library */

int DllMainCRTStartup(void *module, unsigned long reason, void *reserved) { return 1; }

__declspec(dllexport) void *PyInit_core(void) {
#ifdef TOO_NEW
    PyLong_AsInt(0);
#endif
    return _Py_NoneStruct ? PyList_New(0) : PyLong_FromLong(1);
}
"""
TAKEN = ["PyList_New", "PyLong_FromLong", "_Py_NoneStruct"]

Linker = Callable[..., "list[str | Path]"]


def zig(target: str) -> Linker:
    def command(folder: Path, output: Path, *options: str) -> list[str | Path]:
        build = [*ZIG, "cc", "-target", target, "-nostdlib", "-s", "-shared"]
        return [*build, *options, "core.c", f"-L{folder}", "-lpython3", "-o", output]

    return command


def gcc(folder: Path, output: Path, *options: str) -> list[str | Path]:
    build = [GCC, "-nostdlib", "-shared", "-eDllMainCRTStartup"]
    return [*build, *options, "core.c", f"-L{folder}", "-lpython3", "-o", output]


def microsoft(target: str) -> Linker:
    """Compile as Clang does for Microsoft's linker, and link with LLVM's stand-in."""

    def command(folder: Path, output: Path, *options: str) -> list[str | Path]:
        compiled = output.with_suffix(".obj")
        clang = [*ZIG, "clang", "-target", f"{target}-pc-windows-msvc", "-c"]
        subprocess.run(
            [*clang, *options, "core.c", "-o", compiled],
            cwd=output.parent,
            check=True,
        )
        quiet = ["/nologo", "/dll", "/noentry", "/nodefaultlib", "/safeseh:no"]
        library = folder / "python3.lib"
        return [*ZIG, "lld-link", *quiet, f"/out:{output}", compiled, library]

    return command


LINKERS = [
    pytest.param(Machine.X86_64, zig("x86_64-windows-gnu"), id="zig x86_64"),
    pytest.param(Machine.X86, zig("x86-windows-gnu"), id="zig x86"),
    pytest.param(Machine.ARM64, zig("aarch64-windows-gnu"), id="zig arm64"),
    pytest.param(Machine.X86_64, microsoft("x86_64"), id="lld-link x86_64"),
    pytest.param(Machine.X86, microsoft("i686"), id="lld-link x86"),
    pytest.param(Machine.ARM64, microsoft("aarch64"), id="lld-link arm64"),
    pytest.param(Machine.X86_64, gcc, id="GNU ld x86_64", marks=pytest.mark.lab(GCC)),
]


@pytest.mark.parametrize(("machine", "linker"), LINKERS)
def test_a_module_asks_for_python3_dll_alone(
    machine: Machine, linker: Linker, tmp_path: Path
) -> None:
    done, output = link(machine, linker, tmp_path)
    assert done.returncode == 0, done.stdout
    (image,) = read_file(output).images
    assert sorted(symbol.symbol for symbol in image.imports) == TAKEN
    assert {symbol.library for symbol in image.imports} == {"python3.dll"}
    assert list(image.libraries) == ["python3.dll"]


@pytest.mark.parametrize(("machine", "linker"), LINKERS)
def test_a_function_newer_than_the_floor_does_not_link(
    machine: Machine, linker: Linker, tmp_path: Path
) -> None:
    done, _ = link(machine, linker, tmp_path, "-DTOO_NEW")
    assert done.returncode != 0
    assert "PyLong_AsInt" in done.stdout
    assert "PyLong_FromLong" not in done.stdout


def link(
    machine: Machine, linker: Linker, folder: Path, *options: str
) -> tuple[subprocess.CompletedProcess[str], Path]:
    (folder / "core.c").write_text(SOURCE, encoding="utf-8")
    write_import_library(folder / "libs", PythonVersion(3, 9), machine)
    output = folder / "core.pyd"
    done = subprocess.run(
        linker(folder / "libs", output, *options),
        check=False,
        cwd=folder,
        encoding="utf-8",
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
    )
    return done, output
