"""Rehearse a release: install its wheel from a folder on every Python, and begin there.

On each CPython from 3.9 up, an empty environment with pip alone installs abi3build from
``dist`` and what it requires from local wheels.  Then README's first success is made
with it, and the built wheel is installed and imported.  Each Python gets a line that
says what was seen.  The exit status is 1 if one of them fails.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.building import Workbench, copy_project
from workbench.kits import ROOT
from workbench.pythons import find_pythons
from workbench.running import CommandError, run_or_raise

if TYPE_CHECKING:
    from workbench.pythons import FoundPython
    from workbench.running import Run

__all__ = ["main"]

_WANTED = tuple((3, minor) for minor in range(9, 16))
_KEPT = re.compile(r"demo-1\.0-cp39-abi3-\w+\.whl keeps its promise to Python 3\.9")
_CODE = "import demo; print(f'twice(3) is {demo.twice(3)}')"


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
        builders = _builders()
        done = [_rehearse(bench, each, folder / each.release) for each in builders]
    print(f"{wheels[0].name}: {sum(done)} of {len(done)} Pythons began with it")
    here = {each.minor for each in builders}
    absent = ", ".join("{}.{}".format(*minor) for minor in _WANTED if minor not in here)
    if absent:
        print(f"not tried, as they are not on this machine: {absent}")
    return 0 if done and all(done) else 1


def _builders() -> list[FoundPython]:
    newest = {
        each.label: each
        for each in find_pythons()
        if each.is_regular and each.has_headers and each.minor >= _WANTED[0]
    }
    return list(newest.values())


def _rehearse(bench: Workbench, python: FoundPython, folder: Path) -> bool:
    began = time.monotonic()
    try:
        seen = _first_success(bench, python, folder)
    except CommandError as error:
        print(f"{python.release}: FAILS\n{error}", flush=True)
        return False
    seconds = time.monotonic() - began
    print(f"{python.release}: {'; '.join(seen)} ({seconds:.0f} s)", flush=True)
    return True


def _first_success(
    bench: Workbench, python: FoundPython, folder: Path
) -> tuple[str, ...]:
    """Do what README says under "The first 60 seconds"; return what was seen.

    Raise ``CommandError`` if a command fails or the build gives no verdict.
    """
    environment = folder / "environment"
    variables = bench.newcomer(python, environment)
    project = copy_project(
        ROOT / "tests" / "packages" / "three-knobs", folder / "three-knobs"
    )
    programs = environment / "bin"

    def do(words: str, *arguments: str | Path) -> Run:
        program, *others = words.split()
        command = [programs / program, *others, *arguments]
        return run_or_raise(command, project, variables)

    do("pip install abi3build build")
    installed = do("abi3build --version").stdout.strip()
    do("abi3build init --yes")
    said = do("python -m build --wheel").stderr
    kept = _KEPT.search(said)
    if kept is None:
        message = f"the build says nothing of its promise:\n{said}"
        raise CommandError(message)
    do("pip install --no-index", *project.glob("dist/*.whl"))
    # From another folder than the project's, whose sources would come first.
    used = run_or_raise([programs / "python", "-c", _CODE], folder, variables).stdout
    return (f"{installed} installed", kept[0], used.strip())


if __name__ == "__main__":
    sys.exit(main())
