"""Compare builds by abi3build with those by setuptools and by its peers, in pairs.

    python benchmarks/builds.py [--shape 40] [--rows clean,nothing,...] [--rounds 7]

A shape is a number of units in one extension (``40``), extensions times units
(``8x5``) or Cython modules (``cython20``).  In each round every tool builds the same
project once for each row, one right after the other, so that whatever else the machine
does falls on all.  Seconds are those of ``python -m build --wheel --no-isolation`` or,
for an editable project, of ``pip install --editable``; the build folders are kept from
row to row.  For each row and tool it prints the median ratio to setuptools, its spread,
how many units were compiled and whether the wheel has the newest edit; and, at the end,
whether abi3build's wheel has the same bytes as one built with ``parallel = 1`` from
a new folder.

The environment needs build, pip, wheel, setuptools, Cython, meson-python, ninja,
scikit-build-core and abi3build (``nox -s builds``); tools that are missing are named.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from build_projects import TOOLS, Shape, write_project

ROWS = ("clean", "nothing", "source", "three", "all", "flag", "editable")
_STAMPED = ("source", "three", "all", "flag")
_NEEDED = {
    "abi3build": "abi3build",
    "meson-python": "mesonpy",
    "scikit-build-core": "scikit_build_core",
}
_BASE = "setuptools"
_ASK = "import importlib, json, sys; sys.path.insert(0, sys.argv[1]); print(*map(sum, zip(*(importlib.import_module(f'stamped.core{at}').stamp() for at in range(int(sys.argv[2]))))))"  # noqa: E501


class Run(NamedTuple):
    """Hold what one build took, made and left."""

    seconds: float
    compiled: int
    is_right: bool


class Project:
    """Be one project in the form of one tool."""

    def __init__(self, folder: Path, tool: str, shape: Shape) -> None:
        self.folder, self.tool, self.shape = folder, tool, shape
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
        return Run(seconds, compiled, row == "editable" or self._is_right())

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
        return _seconds(command, self.folder)

    def _install(self) -> float:
        options = ["-Cbuild-dir=build/meson"] if self.tool == "meson-python" else []
        command = ["-m", "pip", "install", "--no-build-isolation", "--no-deps"]
        command += [*options, "--editable", "."]
        return _seconds(command, self.folder)

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
                [sys.executable, "-S", "-c", _ASK, folder, str(self.shape.extensions)],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
            )
        return said.stdout.split() == [str(each) for each in wanted]


def main() -> None:
    """Run the rounds; print a table of each row and tool."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shape", action="append", type=_shape)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    tools = [tool for tool in options.tools.split(",") if _is_here(tool)]
    for name, shape in options.shape or [_shape("40")]:
        _compare(name, shape, tools, options.rows.split(","), options.rounds)


def _shape(text: str) -> tuple[str, Shape]:
    if text.startswith("cython"):
        return text, Shape(int(text[len("cython") :]), 1, is_cython=True)
    extensions, _, units = text.rpartition("x")
    return text, Shape(int(extensions or 1), int(units))


def _is_here(tool: str) -> bool:
    is_here = find_spec(_NEEDED.get(tool, "setuptools")) is not None
    if not is_here:
        sys.stdout.write(f"{tool} is not installed and is left out\n")
    return is_here


def _compare(
    name: str, shape: Shape, tools: list[str], rows: list[str], rounds: int
) -> None:
    found: dict[tuple[str, str], list[Run]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # CMake does not translate Cython by itself.
        able = [t for t in tools if not (shape.is_cython and t.startswith("scikit"))]
        projects = [Project(Path(folder, tool), tool, shape) for tool in able]
        for project in projects:
            for row in ("clean", *(row for row in rows if row == "editable")):
                project.run(row, 0)
        for number in range(1, rounds + 1):
            for row in rows:
                for project in projects:
                    run = project.run(row, number)
                    found.setdefault((row, project.tool), []).append(run)
        if "editable" in rows:
            _seconds(["-m", "pip", "uninstall", "--yes", "stamped"], Path(folder))
        _print_table(name, rounds, found)
        if "abi3build" in able:
            used = projects[able.index("abi3build")]
            used.run("nothing", rounds)
            sys.stdout.write(f"same bytes as parallel = 1: {_is_same(used, folder)}\n")


def _is_same(used: Project, folder: str) -> str:
    os.environ["ABI3BUILD_PARALLEL"] = "1"
    try:
        fresh = Project(Path(folder, "fresh"), used.tool, used.shape)
        for name, stamp in used.stamps.items():
            fresh.stamps[name] = stamp
        fresh.run("source", used.stamps["source"])
    finally:
        del os.environ["ABI3BUILD_PARALLEL"]
    return "yes" if fresh.wheel_digests() == used.wheel_digests() else "NO"


def _print_table(
    name: str, rounds: int, found: dict[tuple[str, str], list[Run]]
) -> None:
    sys.stdout.write(
        f"\n{name} units, {rounds} rounds, {os.cpu_count()} processors, load"
        f" {os.getloadavg()[0]:.1f}\n\n"
        "| row | tool | seconds | of setuptools | of meson-python | units | right |\n"
        "|---|---|---:|---:|---:|---:|---|\n"
    )
    for (row, tool), runs in found.items():
        compiled = "/".join(map(str, sorted({run.compiled for run in runs})))
        right = "yes" if all(run.is_right for run in runs) else "NO"
        sys.stdout.write(
            f"| {row} | {tool} | {statistics.median(run.seconds for run in runs):.2f}"
            f" | {_ratio(runs, found.get((row, _BASE)))}"
            f" | {_ratio(runs, found.get((row, 'meson-python')))}"
            f" | {compiled} | {right} |\n"
        )


def _ratio(runs: list[Run], base: list[Run] | None) -> str:
    if base is None or runs is base:
        return ""
    ratios = [run.seconds / other.seconds for run, other in zip(runs, base)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _seconds(arguments: list[str], folder: Path) -> float:
    start = time.perf_counter()
    # Meson takes ccache by itself if it is there, and the others do not.
    environ = {**os.environ, "CCACHE_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        sys.stdout.buffer.write(done.stdout + done.stderr)
        sys.exit(f"{folder.name}: the build failed")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
