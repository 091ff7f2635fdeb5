"""Rehearse a release: install its wheel from a folder on every Python, and begin there.

On each CPython from 3.9 up, an empty environment with pip alone installs abi3build from
``dist`` and what it requires from local wheels.  Then README's first success is made
with it.  The exit status is 1 if one of them fails.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.building import Workbench, copy_project
from workbench.kits import ROOT
from workbench.pythons import find_pythons
from workbench.running import CommandError, run_or_raise

if TYPE_CHECKING:
    from workbench.pythons import FoundPython

__all__ = ["main"]

_OLDEST = (3, 9)
_KEPT = re.compile(r"demo-1\.0-cp39-abi3-\w+\.whl keeps its promise to Python 3\.9")


def main() -> int:
    """Rehearse with the one wheel in ``dist``; return the exit status."""
    wheels = sorted(ROOT.glob("dist/abi3build-*.whl"))
    if len(wheels) != 1:
        sys.stderr.write(f"rehearsal: one wheel has to be in dist, not {len(wheels)}\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        own = folder / "own" / "wheels"
        own.mkdir(parents=True)
        shutil.copy(wheels[0], own)
        bench = Workbench(ROOT / ".cache" / "workbench", own.parent)
        done = [_rehearse(bench, each, folder / each.release) for each in _builders()]
    return 0 if done and all(done) else 1


def _builders() -> list[FoundPython]:
    newest = {
        each.label: each
        for each in find_pythons()
        if each.is_regular and each.has_headers and each.minor >= _OLDEST
    }
    return list(newest.values())


def _rehearse(bench: Workbench, python: FoundPython, folder: Path) -> bool:
    try:
        said = _first_success(bench, python, folder)
    except CommandError as error:
        print(f"{python.release}: FAILS\n{error}")
        return False
    kept = _KEPT.search(said)
    print(f"{python.release}: {kept[0] if kept else 'no verdict'}")
    return kept is not None


def _first_success(bench: Workbench, python: FoundPython, folder: Path) -> str:
    """Do what README says under "The first 60 seconds"; return what the build said."""
    environment = folder / "environment"
    variables = bench.newcomer(python, environment)
    project = copy_project(
        ROOT / "tests" / "packages" / "three-knobs", folder / "three-knobs"
    )
    programs = environment / "bin"
    for words in ("pip install abi3build build", "abi3build init --yes"):
        program, *arguments = words.split()
        run_or_raise([programs / program, *arguments], project, variables)
    python_there = programs / "python"
    return run_or_raise(
        [python_there, "-m", "build", "--wheel"], project, variables
    ).stderr


if __name__ == "__main__":
    sys.exit(main())
