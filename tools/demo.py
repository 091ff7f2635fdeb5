"""Build two examples and import the one wheel of each on every Python found.

Run by ``make demo``.  The examples are built as users build: ``python -m build`` in
isolation, with the requirements from the index and abi3build from this checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import parse_wheel_filename

from pythons import find_pythons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythons import FoundPython

ROOT = Path(__file__).parent.parent
EXAMPLES = ("c-minimal", "cython")


def main() -> int:
    """Build, import, and print a table for each example; give the exit status."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="abi3build-demo-") as folder:
        work = Path(folder)
        environment = use_this_checkout(work)
        for name in EXAMPLES:
            wheel = build(copy_example(name, work), environment)
            print(f"\n{name} was built once:\n  {wheel.name}\n")
            failures += show_imports(name, wheel, work / f"{name}-site")
    print()
    if failures:
        print(f"{failures} imports failed")
    return int(failures > 0)


def use_this_checkout(work: Path) -> dict[str, str]:
    """Build abi3build's own wheel; give the variables that make pip take it."""
    source = work / "abi3build"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "tests", "example_projects")
    shutil.copytree(ROOT, source, ignore=ignored)
    wheel = build(source, {})
    constraint = work / "constraints.txt"
    constraint.write_text(f"abi3build @ {wheel.as_uri()}\n", encoding="utf-8")
    return {"PIP_CONSTRAINT": str(constraint)}


def copy_example(name: str, work: Path) -> Path:
    """Copy an example, so that nothing is built among the sources."""
    ignored = shutil.ignore_patterns("build", "dist", "*.egg-info", "*.so", ".*")
    shutil.copytree(ROOT / "example_projects" / name, work / name, ignore=ignored)
    return work / name


def build(project: Path, environment: Mapping[str, str]) -> Path:
    """Build a project's wheel in isolation and show what abi3build said."""
    completed = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", project],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if completed.returncode:
        sys.stderr.write(completed.stdout)
        message = f"{project.name} was not built"
        raise SystemExit(message)
    for line in completed.stdout.splitlines():
        if line.startswith("abi3build: "):
            print(line)
    (wheel,) = (project / "dist").glob("*.whl")
    return wheel


def show_imports(name: str, wheel: Path, site: Path) -> int:
    """Import a wheel on every Python that it is for; give the number of failures."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    floor = min(tag.interpreter for tag in parse_wheel_filename(wheel.name)[3])
    shutil.copy(ROOT / "example_projects" / name / "check.py", site)
    failures = 0
    for python in find_pythons():
        if not python.loads_abi3 or python.version < (3, int(floor[len("cp3") :])):
            print(f"  Python {python.label:<6} -     not promised by the tag")
            continue
        passed, said = check(python, site)
        failures += not passed
        print(f"  Python {python.label:<6} {'ok' if passed else 'FAILED':<5} {said}")
    return failures


def check(python: FoundPython, site: Path) -> tuple[bool, str]:
    """Run an example's ``check.py``; give whether it passed, and its last line."""
    completed = subprocess.run(
        [python.path, "check.py"],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = completed.returncode == 0
    said = completed.stdout if passed else completed.stderr
    return passed, (said.strip().splitlines() or ["nothing"])[-1]


if __name__ == "__main__":
    sys.exit(main())
