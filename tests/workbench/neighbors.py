"""Environments with the build tools that projects use beside abi3build.

Each set of them gets one environment, kept between runs as kits are: samples are
built in it without isolation, and the package index is asked once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from workbench.building import QUICKLY, WITHOUT_ISOLATION, Build
from workbench.kits import bare_venv, install, kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.pythons import FoundPython
    from workbench.running import Run

__all__ = ["Neighborhood", "neighborhood"]

_NEEDED = (
    "build",
    "packaging",
    "pefile",
    "pip",
    "pyelftools",
    "setuptools",
    "tomlkit",
    "wheel",
)


@dataclass(frozen=True)
class Neighborhood:
    """Be an environment with some tools, in which this checkout's abi3build is too."""

    python: Path
    variables: Mapping[str, str]
    """The environment variables with which its programs are to be run."""

    def build(
        self, project: Path, *arguments: str, env: Mapping[str, str] | None = None
    ) -> Build:
        """Run ``python -m build --wheel`` without isolation."""
        options = ("-m", "build", "--wheel", *WITHOUT_ISOLATION, *arguments)
        done = self.run(project, *options, env=env)
        wheels = tuple(sorted(project.glob("dist/*.whl")))
        return Build(done.returncode, done.stdout, done.stderr, wheels)

    def run(
        self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None
    ) -> Run:
        """Run the environment's interpreter in a folder."""
        return run([self.python, *arguments], folder, {**self.variables, **(env or {})})


def neighborhood(
    workbench: Workbench, *requirements: str, python: FoundPython | None = None
) -> Neighborhood:
    """Return an environment with these requirements and the usual ones, of this Python.

    Raise ``CommandError`` if the package index does not have them.
    """
    wanted = sorted({*requirements, *_NEEDED})
    base = python or running_python()
    kit = kit_for(base, workbench.cache)
    key = "\n".join([str(kit.python), *wanted])
    name = f"neighbors-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    folder = workbench.cache / name
    with FileLock(workbench.cache / f"{name}.lock"):
        if not (folder / "finished").exists():
            shutil.rmtree(folder, ignore_errors=True)
            interpreter = bare_venv(base, folder / "venv")
            install(kit, interpreter, wanted)
            (folder / "finished").touch()
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    programs = os.pathsep.join([str(scripts), os.environ["PATH"]])
    own = {
        **QUICKLY,
        "PATH": programs,
        "PYTHONPATH": str(workbench.own / "unpacked"),
    }
    return Neighborhood(scripts / "python", clean_environment(own))
