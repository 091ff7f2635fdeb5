"""The temporary folder of GCC: who gets it, and that it goes with all that is in it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from abi3build.setuptools_plugin.build_screen import Job
from abi3build.setuptools_plugin.command_pool import CommandPool
from abi3build.setuptools_plugin.stamps import command_ingredients

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="a copy of the shell stands for GCC"
)

LEAVE = 'echo "in $TMPDIR"; touch "$TMPDIR/ccLEFT.s"; test "$TMPDIR" != "$OUTER"'
"""Leave a file, and fail where there is no folder of the build's own."""

HIDE = "exec >/dev/null; "


class Tools:
    """Hold a folder of programs and a temporary one."""

    def __init__(self, folder: Path) -> None:
        """Put a shell there under the name that GCC's driver has."""
        self.temporary, self.programs = folder / "temporary", folder / "bin"
        self.temporary.mkdir()
        self.programs.mkdir()
        shutil.copy("/bin/sh", self.programs / "x86_64-linux-gnu-gcc-12")
        (self.programs / "gcc").symlink_to("x86_64-linux-gnu-gcc-12")
        self.environ = {
            "PATH": os.pathsep.join([str(self.programs), "/usr/bin", "/bin"]),
            "OUTER": str(self.temporary),
            "TMPDIR": str(self.temporary),
        }

    def run(self, program: str, code: str) -> str:
        """Run a program's code in a pool of its own; return how it failed."""
        pool = CommandPool(1, self.environ)
        with pool.open():
            pool.put_off(Job([program, "-c", code], lambda _, __: None))
            return "".join(job.error for job in pool.settle())


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Return programs that stand for compilers."""
    return Tools(tmp_path)


def test_what_gcc_leaves_goes_with_the_build(tools: Tools) -> None:
    assert tools.run("gcc", HIDE + LEAVE) == ""
    assert list(tools.temporary.iterdir()) == []


def test_an_interrupted_build_leaves_nothing_of_gcc(tools: Tools) -> None:
    code = HIDE + LEAVE + '; mkdir "$OUTER/begun"; exec sleep 600'
    job = Job(["gcc", "-c", code], lambda _, __: None)
    with pytest.raises(KeyboardInterrupt):
        _interrupt(CommandPool(1, tools.environ), job, tools.temporary / "begun")
    assert [path.name for path in tools.temporary.iterdir()] == ["begun"]


def _interrupt(pool: CommandPool, job: Job, begun: Path) -> None:
    with pool.open():
        pool.put_off(job)
        while not begun.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt


def test_a_file_that_gcc_names_for_a_report_is_kept(tools: Tools) -> None:
    assert tools.run("gcc", LEAVE) == ""
    (folder,) = tools.temporary.iterdir()
    assert [path.name for path in folder.iterdir()] == ["ccLEFT.s"]


@pytest.mark.parametrize("kind", ["link", "script", "sh"])
def test_wrappers_and_other_programs_get_what_they_would_have(
    tools: Tools, kind: str
) -> None:
    """A server that a wrapper starts works on after the build."""
    program = tools.programs / "cc"
    if kind == "link":
        shutil.copy("/bin/sh", tools.programs / "ccache")
        program.symlink_to("ccache")
    elif kind == "script":
        program.write_text('#!/bin/sh\nexec sh "$@"\n')
        program.chmod(0o755)
    said = tools.run("sh" if kind == "sh" else "cc", HIDE + LEAVE)
    assert said.endswith("failed with exit code 1")
    assert [path.name for path in tools.temporary.iterdir()] == ["ccLEFT.s"]


def test_the_folder_is_no_reason_to_compile_again(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = command_ingredients(["gcc", "-c", "a.c"])
    monkeypatch.setenv("TMPDIR", str(tools.temporary))
    assert command_ingredients(["gcc", "-c", "a.c"]) == before
