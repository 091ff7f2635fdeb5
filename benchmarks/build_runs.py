"""One project in the form of one build tool, its edits and its timed builds."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from build_projects import write_project

if TYPE_CHECKING:
    from build_projects import Shape

__all__ = ["ROWS", "Project", "Run"]

ROWS = ("clean", "nothing", "source", "three", "all", "flag", "editable")
_STAMPED = ("source", "three", "all", "flag")
_ASK = "import importlib, json, sys; sys.path.insert(0, sys.argv[1]); print(*map(sum, zip(*(importlib.import_module(f'stamped.core{at}').stamp() for at in range(int(sys.argv[2]))))))"  # noqa: E501


class Run(NamedTuple):
    """Hold what one build took on the clock, made and left."""

    shape: str
    row: str
    tool: str
    round: int
    seconds: float
    compiled: int
    is_right: bool


class Project:
    """Be one project in the form of one tool."""

    def __init__(self, folder: Path, tool: str, shape: Shape, python: Path) -> None:
        self.folder, self.tool, self.shape = folder, tool, shape
        self.python = python
        self.stamps = dict.fromkeys(_STAMPED, 0)
        self._write()

    def run(self, row: str, number: int) -> Run:
        """Make a row's edit and build."""
        if row == "clean":
            shutil.rmtree(self.folder / "build", ignore_errors=True)
            for name in self.folder.glob("native/core*.c"):
                if self.shape.is_cython:
                    name.unlink()
        elif row in self.stamps:
            self.stamps[row] = number
            self._write()
        began = time.time_ns()
        seconds = self._install() if row == "editable" else self._build()
        objects = self.folder.rglob("*.o")
        compiled = sum(each.stat().st_mtime_ns >= began for each in objects)
        is_right = row == "editable" or self._is_right()
        return Run(self.shape.name, row, self.tool, number, seconds, compiled, is_right)

    def wheel_digests(self) -> list[str]:
        """Return the digests of the modules in the wheel."""
        with zipfile.ZipFile(self._wheel()) as archive:
            return [
                hashlib.sha256(archive.read(name)).hexdigest()
                for name in sorted(archive.namelist())
                if name.endswith(".so")
            ]

    def _write(self) -> None:
        stamps = tuple(self.stamps[name] for name in _STAMPED)
        jobs = os.cpu_count() or 1
        write_project(self.folder, self.tool, self.shape, stamps, jobs)  # type: ignore[arg-type]

    def _build(self) -> float:
        shutil.rmtree(self.folder / "dist", ignore_errors=True)
        options = ["-Cbuild-dir=build/meson"] if self.tool == "meson-python" else []
        command = ["-m", "build", "--wheel", "--no-isolation", *options, "."]
        return _timed([str(self.python), *command], self.folder)

    def _install(self) -> float:
        options = ["-Cbuild-dir=build/meson"] if self.tool == "meson-python" else []
        command = ["-m", "pip", "install", "--no-build-isolation", "--no-deps"]
        command += [*options, "--editable", "."]
        return _timed([str(self.python), *command], self.folder)

    def _wheel(self) -> Path:
        return next(self.folder.glob("dist/*.whl"))

    def _is_right(self) -> bool:
        """Import the wheel's modules and compare their stamps with the edits."""
        if self.shape.is_cython:
            wanted = [self.stamps["source"], 0, 0, 0]
        else:
            units = self.shape.extensions * self.shape.units
            times = (1, min(3, units), units, units)
            wanted = [self.stamps[name] * time for name, time in zip(_STAMPED, times)]
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(self._wheel()) as archive:
                archive.extractall(folder)
            # Without site, whose editable projects would be found first.
            said = subprocess.run(
                [self.python, "-S", "-c", _ASK, folder, str(self.shape.extensions)],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
            )
        return said.stdout.split() == [str(each) for each in wanted]


def _timed(command: list[str], folder: Path) -> float:
    """Run a Python's command in a folder; return the seconds on the clock."""
    beside = str(Path(command[0]).parent)
    environ = {
        **os.environ,
        # Meson and ninja are looked for there.
        "PATH": os.pathsep.join([beside, os.environ.get("PATH", "")]),
        # Meson takes ccache by itself if it is there, and the others do not.
        "CCACHE_DISABLE": "1",
    }
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.stdout.buffer.write(done.stdout + done.stderr)
        sys.exit(f"{folder.name}: the build failed")
    return seconds
