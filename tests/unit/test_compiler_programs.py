"""Which programs are asked for evidence when a build starts them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from abi3build.evidence.preprocessed_unit import WantedLimit
from abi3build.setuptools_plugin.compile_obstacles import other_program
from abi3build.setuptools_plugin.compiler_programs import starts_compiler
from abi3build.setuptools_plugin.watching import Watch, watch_compiler

if TYPE_CHECKING:
    from pathlib import Path


class InSmall:
    """Stand for a compiler of distutils whose command is a script."""

    compiler_type = "unix"
    executables: ClassVar[dict[str, Any]] = dict.fromkeys(
        ["compiler_so", "linker_so", "ranlib"]
    )
    ranlib = None

    def __init__(self) -> None:
        """Call the compiler through an interpreter, as CC may say."""
        self.compiler_so = ["bash", "tools/wrapper.sh", "-O2"]
        self.linker_so = [sys.executable, "-m", "ziglang", "cc", "-shared"]
        self.started: list[list[str]] = []

    def spawn(self, command: list[str]) -> None:
        """Keep what would be started."""
        self.started.append(command)


@pytest.mark.parametrize(
    "command",
    [
        "gcc -c a.c -o a.o",
        "ccache x86_64-linux-gnu-g++-12 -c a.cc",
        "/opt/cross/bin/aarch64-linux-android21-clang -c a.c",
        "x86_64-w64-mingw32-gcc-posix.exe -c a.c",
        "bash tools/wrapper.sh -c a.c",
        f"{sys.executable} -m ziglang cc -c a.c",
        "vendors-own -DABI3BUILD_FLOOR=0x03090000 -c a.c",
        "ld -shared a.o -o a.so",
        "cl.exe /c a.c",
        "link.exe /DLL a.obj",
    ],
)
def test_compilers_are_known(command: str) -> None:
    assert starts_compiler(command.split(), InSmall())


@pytest.mark.parametrize(
    "command",
    [
        f"{sys.executable} generate.py a.c -o b.c",
        f"{sys.executable} -m cython a.c -o b.c",
        "bash tools/other.sh a.c -o b.c",
        "as --64 -o a.o a.s",
        "nasm -f elf64 -o a.o a.s",
        "ld -r -o both.o a.o b.o",
        "swig -python -o wrap.c a.i",
        "gcc-ar rcs -o a.a a.o",
    ],
)
def test_other_programs_run_as_the_project_asks(tmp_path: Path, command: str) -> None:
    compiler = InSmall()
    watch_compiler(compiler, Watch(tmp_path, WantedLimit("Py_LIMITED_API", 0x03090000)))
    compiler.spawn(command.split())
    assert compiler.started == [command.split()]


def test_a_generator_that_failed_is_named() -> None:
    command = [sys.executable, "generate.py", "a b.c"]
    compiler = InSmall()
    fault = f"command {sys.executable!r} failed with exit code 1"
    told = other_program(command, compiler, fault)
    assert told is not None
    assert told.what == f"is not built: {sys.executable} generate.py 'a b.c' failed"
    assert told.lines == (
        fault,
        "hint: its output is above; the limit is not the cause",
    )
    absent = other_program(
        ["no-such-one", "a.c"], compiler, "command 'no-such-one' failed"
    )
    assert absent is not None
    assert absent.what == "cannot be built: the program no-such-one was not found"
    assert absent.lines == ("hint: install no-such-one, or put it on PATH",)
    assert other_program(["pkg-config"], compiler, "another fault") is None
    assert other_program(["gcc", "a.c"], compiler, "command 'gcc' failed") is None
    assert other_program([], compiler, "another fault") is None
