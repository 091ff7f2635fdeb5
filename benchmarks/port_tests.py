"""Run the own tests of projects that ``port_projects.py`` brought to abi3.

Each runs with the abi3 wheel and with the project's plain build, on the Python of the
wheel's floor and on another one, and every test has to end in the same way.  If ``port
--fix`` changed sources, it runs with a plain build of these as well:

    python benchmarks/port_tests.py LIST TESTS --work FOLDER [NAMES]

LIST and FOLDER are those of ``port_projects.py``.  A line of TESTS is
``NAME ; what is copied ; what the tests require ; command``.  The folders and files of
the sdist are copied, so that nothing else of the sources is imported, and ``{tests}``
is the first of them.  A folder of ``port_checks``, beside this script, is copied into
it: the checks of a project whose sdist has no tests, or what its tests lack.

Results stay in FOLDER and are not measured again unless the wheel is another one, so
that a run can be continued.  The exit status is 1 if a test ended in another way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from build_outcomes import Outcome, arguments, modules_of, outcome, tested_in
from port_projects import fetched, listed, unpacked

from abi3build.interruption import terminated_as_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from build_outcomes import Tested

_FLOOR = re.compile(r"-cp3(?P<minor>\d+)-abi3-")


@dataclass
class TestRun:
    """Hold what the tests of a project gave with each build on one Python."""

    name: str
    python: str
    wheel: str
    """The SHA-256 of the abi3 wheel."""

    abi3: Outcome
    plain: Outcome
    changed: Outcome | None
    """The plain build of the changed sources, if they were changed."""

    @property
    def is_same(self) -> bool:
        """Tell whether tests of the modules ran, with the same end for each."""
        return (
            any(category == "passed" for _, category in self.plain.tests)
            and bool(self.plain.modules)
            and all(
                each.tests == self.plain.tests and each.modules == self.plain.modules
                for each in (self.abi3, self.changed or self.plain)
            )
        )

    def differences(self) -> list[str]:
        """Return a line for each test that ended in another way, and why."""
        lines = []
        for build, other in (("abi3", self.abi3), ("changed", self.changed)):
            if other is None:
                continue
            for name, own, against in (
                (build, other, self.plain),
                (f"plain, not {build}", self.plain, other),
            ):
                ends = [each for each in own.tests if each not in against.tests]
                lines += [f"  {name}: {' '.join(each)}" for each in ends]
            if other.modules != self.plain.modules or not other.modules:
                lines.append(f"  modules: {other.modules}, plain {self.plain.modules}")
        return lines


def main() -> int:
    """Run the tests of every project that has a wheel, or of those named."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.14", help="beside the floor's")
    parser.add_argument("--again", action="store_true", help="what has a result too")
    options = parser.parse_args()
    work = options.work.resolve()
    (work / "tests").mkdir(parents=True, exist_ok=True)
    runs: list[TestRun] = []
    for tested in tested_in(options.tests):
        wheel = next((work / "wheels" / tested.name).glob("*abi3*.whl"), None)
        if wheel is None or (options.names and tested.name not in options.names):
            continue
        sdist = fetched(listed(options.list)[tested.name], work / "sdists")
        for python in dict.fromkeys([floor_of_wheel(wheel), options.python]):
            run = _stored(tested, wheel, python, work, again=options.again)
            runs.append(run or _measured(tested, wheel, sdist, python, work))
            print(_row(runs[-1]), flush=True)
    return _summarized(runs)


def floor_of_wheel(wheel: Path) -> str:
    """Return the oldest Python of an abi3 wheel by its name."""
    found = _FLOOR.search(wheel.name)
    return f"3.{found['minor']}" if found else "3.11"


def _stored(
    tested: Tested, wheel: Path, python: str, work: Path, *, again: bool
) -> TestRun | None:
    """Return the result of an earlier call with this wheel."""
    file = work / "tests" / f"{tested.name}-{python}.json"
    if again or not file.is_file():
        return None
    stored = json.loads(file.read_text(encoding="utf-8"))
    if stored["wheel"] != hashlib.sha256(wheel.read_bytes()).hexdigest():
        return None
    for build in ("abi3", "plain", "changed"):
        stored[build] = Outcome(**stored[build]) if stored[build] else None
    return TestRun(**stored)


def _measured(
    tested: Tested, wheel: Path, sdist: Path, python: str, work: Path
) -> TestRun:
    modules = modules_of(zipfile.ZipFile(wheel).namelist())
    with changed_sources(tested, sdist, work) as sources:
        run = TestRun(
            tested.name,
            python,
            hashlib.sha256(wheel.read_bytes()).hexdigest(),
            outcome(tested, wheel, sdist, python, modules),
            outcome(tested, sdist, sdist, python, modules),
            outcome(tested, sources, sdist, python, modules) if sources else None,
        )
    file = work / "tests" / f"{run.name}-{python}.json"
    file.write_text(json.dumps(asdict(run)), encoding="utf-8")
    return run


@contextlib.contextmanager
def changed_sources(tested: Tested, sdist: Path, work: Path) -> Iterator[Path | None]:
    """Provide the sdist with the C that ``port --fix`` changed, and nothing else."""
    changed = work / "changed" / tested.name
    if not changed.is_dir():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="port-changed-") as scratch:
        project = unpacked(sdist, Path(scratch))
        shutil.copytree(changed, project, dirs_exist_ok=True)
        yield project


def _row(run: TestRun) -> str:
    changed = run.changed.counts if run.changed else "not changed"
    mark = "same" if run.is_same else "DIFFERENT"
    cells = (run.name, run.python, run.abi3.counts, run.plain.counts, changed, mark)
    return f"| {' | '.join(cells)} |"


def _summarized(runs: list[TestRun]) -> int:
    """Print the table and what differs, and return the exit status."""
    different = [each for each in runs if not each.is_same]
    names = {each.name for each in runs}
    lines = [
        "",
        "| project | Python | abi3 | plain | plain, of the changed sources | |",
        "|---|---|---|---|---|---|",
        *map(_row, runs),
        "",
    ]
    for run in different:
        lines += [f"{run.name} on {run.python}:", *run.differences()[:20]]
    same = names - {each.name for each in different}
    lines.append(f"{len(same)} of {len(names)} give the same with all builds")
    print("\n".join(lines))
    return int(bool(different))


if __name__ == "__main__":
    with terminated_as_interrupted():
        sys.exit(main())
