"""Build two small projects with many setuptools on many Pythons: docs/builders.md.

Each pair of an interpreter and a setuptools gets an environment of its own, which is
thrown away.  What the page says was read from the finished wheels and from the
compiler's command lines, and the wheels were imported on every Python found.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.building import copy_project, open_workbench
from workbench.importing import run_code, unpack
from workbench.kits import ROOT, bare_venv, kit_for
from workbench.pythons import find_pythons
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.building import Workbench
    from workbench.pythons import FoundPython
    from workbench.running import Run

__all__: list[str] = []

PAGE = ROOT / "docs" / "builders.md"
CACHE = ROOT / ".cache" / "workbench"
SETUPTOOLS = ("70.1", "75.8.2", "77.0.3", "80.9", "82.0.1", "84.0.0", "84.2.1")
BUILDERS = ("3.9", "3.11", "3.13", "3.15")
BUILDERS_OF_THE_NEWEST = ("3.13d", "3.13t")
STABLE = ("cp39-abi3", ".abi3.so", "Py_LIMITED_API=0x03090000")
FREE_THREADED = ("cp315-abi3.abi3t", ".abi3t.so", "Py_TARGET_ABI3T=0x030F0000")

BUILD = """
import sys
from setuptools import build_meta
build_meta.build_wheel(sys.argv[1])
"""
PIP = ("-m", "pip", "--python")
MACRO = re.compile(r"-D(Py_(?:LIMITED_API|TARGET_ABI3T)\S*)")

HEADER = """\
# Builders and setuptools

Written by `tools/setuptools_matrix.py` (`nox -s setuptools-matrix`) from real builds
on {platform}; what was not built has no row. Each row is one environment, in which
the projects of its last column were built. The macro is what the compiler was given,
and every wheel was imported on the Pythons of its row.

[any-target] declares its extension in `setup.py` and
needs no later setuptools than abi3build; the examples need 77. `min-python` is
`"3.15"` for [free-threaded], whose setting
`free-threaded = "abi3t"` makes one file for both kinds of Python, and `"3.9"` else.

| builder | setuptools | wheel | file | macro | imported on | projects |
| --- | --- | --- | --- | --- | --- | --- |
"""

LINKS = """
[any-target]: https://github.com/abi3build/abi3build/tree/main/tests/packages/any-target
[free-threaded]: https://github.com/abi3build/abi3build/tree/main/example_projects/free-threaded
"""


@dataclass(frozen=True)
class Project:
    """Say what a project needs, what it makes, and with which code to try that."""

    folder: Path
    first_setuptools: int
    code: str
    stable: tuple[str, str, str] = STABLE
    floor: tuple[int, int] = (3, 9)


PROJECTS = (
    Project(
        ROOT / "tests" / "packages" / "any-target",
        70,
        "import sample; assert sample.limit() in (0, 0x03090000)",
    ),
    Project(
        ROOT / "example_projects" / "c-minimal",
        77,
        "import c_minimal; assert c_minimal.add(2, 3) == 5",
    ),
    Project(
        ROOT / "example_projects" / "c-package",
        77,
        "import c_package; assert c_package.total([0.5, 1.5]) == 2",
    ),
    Project(
        ROOT / "example_projects" / "free-threaded",
        77,
        "import free_threaded; assert free_threaded.Counter().total() == 0",
        FREE_THREADED,
        (3, 15),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """Say what one build made, or why there is nothing, in the words of the table."""

    tag: str
    suffix: str = ""
    macro: str = ""
    imported_on: str = ""
    is_promised: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the columns of the table, code marked as such."""
        macro = f"`{self.macro}`" if self.macro else "none"
        made = (f"`{self.tag}`", f"`{self.suffix}`", macro, self.imported_on)
        return made if self.suffix else (self.tag, "", "", "")


def main() -> int:
    """Build everything and write the page; fail where a wheel is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=PAGE)
    output: Path = parser.parse_args().output
    rows, all_promised = [], True
    with tempfile.TemporaryDirectory(prefix="setuptools-matrix-") as folder:
        workbench = open_workbench(CACHE, Path(folder, "own"))
        for number, (python, release) in enumerate(pairs()):
            pair = Path(folder, str(number))
            for outcome, places in outcomes(workbench, python, release, pair):
                cells = (python.label, release, *outcome.cells, places)
                rows.append(f"| {' | '.join(cells)} |\n")
                all_promised = all_promised and outcome.is_promised
                print(
                    rows[-1], end="" if outcome.is_promised else "wrong\n", flush=True
                )
    page = HEADER.format(platform=f"{platform.system()}, {platform.machine()}")
    output.write_text(page + "".join(rows) + LINKS, encoding="utf-8")
    return 0 if all_promised else 1


def pairs() -> Iterator[tuple[FoundPython, str]]:
    """Return every builder that was found with each setuptools, in the page's order."""
    for label in (*BUILDERS, *BUILDERS_OF_THE_NEWEST):
        found = [
            python
            for python in find_pythons()
            if python.label == label and python.has_headers
        ]
        if not found:
            print(f"python{label} is missing and gets no row")
            continue
        for release in SETUPTOOLS if label in BUILDERS else SETUPTOOLS[-1:]:
            yield found[-1], release


def outcomes(
    workbench: Workbench, python: FoundPython, release: str, folder: Path
) -> list[tuple[Outcome, str]]:
    """Build the projects with one setuptools; return what differs, and for which."""
    environment = bare_venv(python, folder / "environment")
    installed = install(workbench, python, environment, f"setuptools=={release}")
    if installed.returncode:
        needed = re.search(
            rf"{re.escape(release)}\S* Requires-Python ([^;\s]+)|not in '(.*)'",
            installed.stderr,
        )
        if needed is None:
            raise RuntimeError(installed.stdout + installed.stderr)
        return [
            (Outcome(f"not for this Python: requires {needed[1] or needed[2]}"), "")
        ]
    shared: dict[Outcome, list[str]] = {}
    for project in PROJECTS:
        is_read = int(release.partition(".")[0]) >= project.first_setuptools
        if is_read and python.minor >= project.floor:
            outcome = build(project, python, environment, folder / project.folder.name)
            shared.setdefault(outcome, []).append(project.folder.name)
    return [(outcome, ", ".join(places)) for outcome, places in shared.items()]


def install(
    workbench: Workbench, python: FoundPython, environment: Path, requirement: str
) -> Run:
    """Install this checkout's abi3build and one setuptools, from the package index."""
    pip = kit_for(python, workbench.cache).python
    own = next((workbench.own / "wheels").glob("*.whl"))
    kept = {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}
    return run(
        [pip, *PIP, environment, "install", "--quiet", own, requirement],
        env=clean_environment(kept),
    )


def build(
    project: Project, python: FoundPython, environment: Path, folder: Path
) -> Outcome:
    """Build one project and import its wheel on every Python that it is for."""
    source = copy_project(project.folder, folder)
    done = run([environment, "-c", BUILD, "dist"], source)
    wheels = list(source.glob("dist/*.whl"))
    if done.returncode or len(wheels) != 1:
        said = next(iter(reversed(done.stderr.splitlines())), "nothing said")
        return Outcome(f"no wheel: {said}", is_promised=False)
    wheel = wheels[0]
    macros = sorted(set(MACRO.findall(done.stdout)))
    made = (tag_of(wheel), suffix_of(wheel), ", ".join(macros))
    unpacked = unpack(wheel, folder / "unpacked")
    meant_for = audience(project, python)
    runs = [(each.label, run_code(each, unpacked, project.code)) for each in meant_for]
    reached = [label for label, done in runs if done.returncode == 0]
    is_promised = made == promised(project, python) and len(reached) == len(runs)
    return Outcome(*made, ", ".join(dict.fromkeys(reached)), is_promised)


def audience(project: Project, builder: FoundPython) -> list[FoundPython]:
    """Return the Pythons on which a wheel of this builder has to work."""
    if not is_stable(project, builder):
        return [builder]
    return [
        python
        for python in find_pythons()
        if python.minor >= project.floor
        and (project.stable == FREE_THREADED or not python.free_threaded)
    ]


def promised(project: Project, builder: FoundPython) -> tuple[str, str, str]:
    """Return the tag, the file's suffix and the macro that this builder has to make."""
    if is_stable(project, builder):
        return project.stable
    version = "{}{}".format(*builder.minor)
    suffix = f".cpython-{version}{builder.flags}-{platform.machine()}-linux-gnu.so"
    return f"cp{version}-cp{version}{builder.flags}", suffix, ""


def is_stable(project: Project, builder: FoundPython) -> bool:
    """Tell whether there is a stable ABI for a builder."""
    return project.stable == FREE_THREADED or not builder.free_threaded


def tag_of(wheel: Path) -> str:
    """Return the wheel's tag without its platform."""
    return "-".join(wheel.stem.split("-")[-3:-1])


def suffix_of(wheel: Path) -> str:
    """Return how the names of the wheel's extensions end; they should agree."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".so")]
    return ", ".join(sorted({name[name.index(".") :] for name in names}))


if __name__ == "__main__":
    raise SystemExit(main())
