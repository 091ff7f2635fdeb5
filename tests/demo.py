"""Build example projects once and import them on every Python of this machine.

Each example is built in isolation with the newest regular Python found, and its
``check.py`` is run on all of them.  The exit status is 1 if a Python that the wheel's
tag admits cannot run it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.building import copy_project, open_workbench
from workbench.importing import run_code, unpack
from workbench.kits import ROOT
from workbench.pythons import find_pythons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.building import Workbench
    from workbench.pythons import FoundPython

__all__ = ["main"]

_EXAMPLES = ("c-minimal", "cython")
_TAG = re.compile(r"-cp3(?P<minor>\d+)-(?P<abis>[a-z0-9_.]+)-[^-]+\.whl")
_OLDEST_BUILDER = (3, 9)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("example", nargs="*", default=_EXAMPLES)
    examples = parser.parse_args(arguments).example
    builder = _newest_builder(find_pythons())
    if builder is None:
        sys.stderr.write("demo: no CPython from 3.9 up with Python.h was found\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        bench = open_workbench(ROOT / ".cache" / "workbench", Path(scratch, "own"))
        kept = [_show(bench, builder, name, Path(scratch, name)) for name in examples]
    return 0 if all(kept) else 1


def _newest_builder(pythons: Sequence[FoundPython]) -> FoundPython | None:
    able = [
        python
        for python in pythons
        if python.is_regular and python.has_headers and python.minor >= _OLDEST_BUILDER
    ]
    return able[-1] if able else None


def _show(bench: Workbench, builder: FoundPython, name: str, scratch: Path) -> bool:
    """Build and try one example; say whether its promise holds."""
    project = copy_project(ROOT / "example_projects" / name, scratch / "project")
    start = time.monotonic()
    build = bench.build(project, python=builder)
    if build.returncode or not build.wheels:
        print(f"{name}: no wheel\n{build.stdout}{build.stderr}")
        return False
    seconds = time.monotonic() - start
    print(f"{name}: built once with Python {builder.release} in {seconds:.1f} s")
    print(f"  {build.wheel.name}\n")
    print(f"  {'Python':<11}{'imported':<14}check.py printed")
    unpacked = unpack(build.wheel, scratch / "unpacked")
    code = (project / "check.py").read_text(encoding="utf-8")
    kept = [_try(python, build.wheel, unpacked, code) for python in find_pythons()]
    print()
    return all(kept)


def _try(python: FoundPython, wheel: Path, unpacked: Path, code: str) -> bool:
    """Print how a Python takes a wheel; say whether the wheel's promise holds."""
    if not _admits(wheel.name, python):
        print(f"  {python.release:<11}not promised")
        return True
    done = run_code(python, unpacked, code)
    kept = done.returncode == 0
    lines = (done.stdout if kept else done.stderr).splitlines() or [""]
    print(f"  {python.release:<11}{'yes' if kept else 'FAILED':<14}{lines[-1]}")
    return kept


def _admits(wheel: str, python: FoundPython) -> bool:
    """Say whether a wheel made on this machine is for a Python by its tag.

    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    """
    tag = _TAG.search(wheel)
    if tag is None:
        return False
    abi = "abi3t" if python.free_threaded else "abi3"
    return abi in tag["abis"].split(".") and python.minor >= (3, int(tag["minor"]))


if __name__ == "__main__":
    sys.exit(main())
