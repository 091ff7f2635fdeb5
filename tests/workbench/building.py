"""Build sample projects against this checkout of abi3build and import the results."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from workbench.importing import unpack
from workbench.kits import ROOT, bare_venv, kit_for, wheel_source
from workbench.pythons import running_python
from workbench.running import Run, clean_environment, run, run_or_raise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.pythons import FoundPython

__all__ = ["Build", "Environment", "Workbench", "copy_project", "open_workbench"]

_LEFT_BEHIND = shutil.ignore_patterns(
    ".*", "*.egg-info", "*.pyd", "*.so", "__pycache__", "build", "dist"
)


@dataclass(frozen=True)
class Build(Run):
    """Hold what a build said and which wheels there are in ``dist``."""

    wheels: tuple[Path, ...]

    @property
    def wheel(self) -> Path:
        """Return the only wheel; fail with the build's output if there is not one."""
        if self.returncode or len(self.wheels) != 1:
            found = [wheel.name for wheel in self.wheels]
            message = f"exit status {self.returncode}, wheels {found}\n"
            raise AssertionError(message + self.stdout + self.stderr)
        return self.wheels[0]


@dataclass(frozen=True)
class Environment:
    """Be a virtual environment, into which pip installs from the kit's wheels."""

    python: Path
    _pip: tuple[str | Path, ...]
    _variables: Mapping[str, str]

    def pip(self, *arguments: str | Path) -> Run:
        """Run pip for this environment."""
        return run([*self._pip, *arguments], env=clean_environment(self._variables))

    def run(self, *arguments: str | Path, folder: Path | None = None) -> Run:
        """Run the environment's interpreter."""
        return run([self.python, *arguments], folder)


@dataclass(frozen=True)
class Workbench:
    """Build and import with any interpreter found.

    It needs two folders: one for kits, kept between runs, and one for abi3build's own
    wheel, which is built once for each workbench.
    """

    cache: Path
    own: Path
    """Where abi3build's wheel is in ``wheels`` and its contents in ``unpacked``."""

    def build(
        self,
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        isolated: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        """Run ``python -m build --wheel`` on a project, by default with this Python.

        Building in isolation is what users do.  The other way saves the seconds for
        the environment: all tools are in the kit's, and the unpacked wheel of abi3build
        is found through ``PYTHONPATH``.
        """
        kit = kit_for(python or running_python(), self.cache)
        if isolated:
            variables = wheel_source(kit.wheels, self.own / "wheels")
            options = []
        else:
            variables = {"PYTHONPATH": str(self.own / "unpacked")}
            options = ["--no-isolation"]
        done = run(
            [kit.python, "-m", "build", "--wheel", *options, *arguments, project],
            project,
            clean_environment({**variables, **(env or {})}),
        )
        wheels = tuple(sorted(project.glob("dist/*.whl")))
        return Build(done.returncode, done.stdout, done.stderr, wheels)

    def build_each(
        self,
        projects: Sequence[Path],
        *,
        python: FoundPython | None = None,
        env: Mapping[str, str] | None = None,
    ) -> list[Build]:
        """Build the wheels of many small projects in one process, not on Windows."""
        kit = kit_for(python or running_python(), self.cache)
        variables = {"PYTHONPATH": str(self.own / "unpacked"), **(env or {})}
        done = run_or_raise(
            [kit.python, Path(__file__).with_name("many_builds.py"), *projects],
            env=clean_environment(variables),
        )
        return [
            Build(status, "", said, tuple(sorted(project.glob("dist/*.whl"))))
            for project, (status, said) in zip(projects, json.loads(done.stdout))
        ]

    def environment(self, python: FoundPython, folder: Path) -> Environment:
        """Make a fresh virtual environment in a folder."""
        kit = kit_for(python, self.cache)
        interpreter = bare_venv(python, folder)
        return Environment(
            interpreter,
            (kit.python, "-m", "pip", "--python", interpreter),
            wheel_source(kit.wheels, self.own / "wheels"),
        )

    def newcomer(self, python: FoundPython, folder: Path) -> dict[str, str]:
        """Return the variables of someone who begins: an environment with pip alone.

        It comes first on ``PATH``, and all that pip can install are the kit's wheels
        and abi3build's own.
        """
        run_or_raise([python.executable, "-m", "venv", folder])
        kit = kit_for(python, self.cache)
        return clean_environment(
            {
                **wheel_source(kit.wheels, self.own / "wheels"),
                # Cython's output takes a compiler half a minute to optimize.
                "CFLAGS": "-O0",
                "LC_ALL": "C.UTF-8",
                "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONUNBUFFERED": "1",
            }
        )


def open_workbench(cache: Path, own: Path) -> Workbench:
    """Make a workbench; build abi3build's wheel from a copy of the checkout, once."""
    own.mkdir(parents=True, exist_ok=True)
    with FileLock(own / ".lock"):
        if not (own / "unpacked").exists():
            kit = kit_for(running_python(), cache)
            source = copy_project(ROOT, own / "source")
            options = ["--wheel", "--no-isolation", f"--outdir={own / 'wheels'}"]
            run_or_raise([kit.python, "-m", "build", *options, source], source)
            wheel = next((own / "wheels").glob("*.whl"))
            unpack(wheel, own / "unpacking").rename(own / "unpacked")
    return Workbench(cache, own)


def copy_project(project: Path, folder: Path) -> Path:
    """Copy a project without what builds leave behind."""
    return Path(shutil.copytree(project, folder, ignore=_LEFT_BEHIND))
