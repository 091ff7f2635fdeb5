"""Run the own tests of projects that ``port_projects.py`` brought to abi3.

Each runs with the abi3 wheel and with the project's plain build, on the Python of the
wheel's floor and on another one, and has to give the same:

    python benchmarks/port_tests.py LIST TESTS --work FOLDER [NAMES]

LIST and FOLDER are those of ``port_projects.py``.  A line of TESTS is
``NAME ; folder of the tests ; what they require ; command``.  The folder, if there is
one, is copied, so that nothing of the sources beside it is imported.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from port_projects import fetched, listed, unpacked

from abi3build.targets.interpreters import find_interpreters

_FLOOR = re.compile(r"-cp3(?P<minor>\d+)-abi3-")
_COUNTED = re.compile(
    r"(?P<count>\d+) (?P<kind>passed|failed|errors?|skipped|xfailed|xpassed)\b"
)


@dataclass
class TestRun:
    """Hold what the tests of a project gave with both builds on one Python."""

    name: str
    python: str
    abi3: str = ""
    plain: str = ""

    @property
    def is_same(self) -> bool:
        """Tell whether tests ran and both builds gave the same."""
        return self.abi3 == self.plain and "passed" in self.abi3


@dataclass(frozen=True)
class Tested:
    """Say how the tests of a project are run."""

    name: str
    folder: str
    requires: tuple[str, ...]
    command: tuple[str, ...]


def main() -> None:
    """Run the tests of every project that has a wheel, or of those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("list", type=Path)
    parser.add_argument("tests", type=Path)
    parser.add_argument("names", nargs="*", help="only these projects")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--python", default="3.14", help="beside the floor's")
    options = parser.parse_args()
    work = options.work.resolve()
    results = work / "tests"
    results.mkdir(parents=True, exist_ok=True)
    runs: list[TestRun] = []
    for tested in map(_tested, options.tests.read_text(encoding="utf-8").splitlines()):
        if options.names and tested.name not in options.names:
            continue
        wheel = next((work / "wheels" / tested.name).glob("*abi3*.whl"), None)
        if wheel is None:
            continue
        sdist = fetched(listed(options.list)[tested.name], work / "sdists")
        for python in dict.fromkeys([_floor(wheel), options.python]):
            run = TestRun(tested.name, python)
            run.abi3 = _outcome(tested, wheel, sdist, python)
            run.plain = _outcome(tested, sdist, sdist, python)
            runs.append(run)
            print(_row(run), flush=True)
            file = results / f"{run.name}-{python}.json"
            file.write_text(json.dumps(asdict(run)), encoding="utf-8")
    names = {each.name for each in runs}
    same = names - {each.name for each in runs if not each.is_same}
    print(f"\n{len(same)} of {len(names)} give the same with both builds")


def _tested(line: str) -> Tested:
    name, folder, requires, command = (each.strip() for each in line.split(";"))
    return Tested(name, folder, tuple(requires.split()), tuple(command.split()))


def _floor(wheel: Path) -> str:
    found = _FLOOR.search(wheel.name)
    return f"3.{found['minor']}" if found else "3.11"


def _path_of(python: str) -> str:
    """Return the regular Python of a version on this machine."""
    return next(
        str(each.path)
        for each in find_interpreters(os.environ).interpreters
        if str(each.builder.version) == python
        and each.builder.implementation == "cpython"
        and not (each.builder.free_threaded or each.builder.debug)
    )


def _outcome(tested: Tested, installed: Path, sdist: Path, python: str) -> str:
    """Return how many tests ended how, with one build on one Python."""
    with tempfile.TemporaryDirectory(prefix="port-tests-") as scratch:
        folder = Path(scratch)
        environment = folder / "environment"
        run = _run(
            ["uv", "venv", "-q", "-p", _path_of(python), str(environment)], folder
        )
        executable = environment / "bin" / "python"
        install = ["uv", "pip", "install", "-q", "--python", str(executable)]
        run = run or _run([*install, str(installed), *tested.requires], folder)
        if run:
            return f"not installed: {run[-200:]}"
        tests = folder / "here" / "tests"
        tests.parent.mkdir()
        if tested.folder:
            project = unpacked(sdist, folder / "unpacked")
            shutil.copytree(project / tested.folder, tests)
        words = [each.replace("{tests}", str(tests)) for each in tested.command]
        options = ["-q", "-p", "no:cacheprovider", "--color=no"]
        output = _run(
            [str(executable), "-m", *words, *options], tests.parent, all_=True
        )
    found = _COUNTED.findall(output.strip().splitlines()[-1] if output.strip() else "")
    return ", ".join(f"{count} {kind}" for count, kind in found) or output[-200:]


def _run(command: list[str], folder: Path, *, all_: bool = False) -> str:
    """Return what a command said if it failed, or in any case."""
    run = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=1200,
        check=False,
    )
    return run.stdout + run.stderr if all_ or run.returncode else ""


def _row(run: TestRun) -> str:
    mark = "same" if run.is_same else "DIFFERENT"
    other = "" if run.is_same else f" | {run.plain}"
    return f"| {run.name} | {run.python} | {mark} | {run.abi3}{other} |"


if __name__ == "__main__":
    main()
