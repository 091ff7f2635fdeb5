"""Environments with the build tools that projects use beside abi3build.

Each set of them gets one environment, kept between runs as kits are: samples are
built in it without isolation, and the package index is asked once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from filelock import FileLock

from workbench.kits import bare_venv, kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment, run_or_raise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.building import Workbench

__all__ = ["Neighborhood", "neighborhood"]

_NEEDED = ("build", "packaging", "pefile", "pip", "pyelftools", "setuptools", "wheel")


class Neighborhood:
    """Be an environment with some tools, in which this checkout's abi3build is too."""

    def __init__(self, python: Path, workbench: Workbench) -> None:
        self.python = python
        self._own = workbench.own / "unpacked"

    @property
    def variables(self) -> Mapping[str, str]:
        """Give the environment variables with which its programs are to be run."""
        programs = os.pathsep.join([str(self.python.parent), os.environ["PATH"]])
        return clean_environment({"PATH": programs, "PYTHONPATH": str(self._own)})


def neighborhood(workbench: Workbench, *requirements: str) -> Neighborhood:
    """Give an environment of this Python with these requirements and the usual ones.

    Raise ``CommandError`` where the package index does not have them.
    """
    wanted = sorted({*requirements, *_NEEDED})
    kit = kit_for(running_python(), workbench.cache)
    key = "\n".join([str(kit.python), *wanted])
    name = f"neighbors-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    folder = workbench.cache / name
    with FileLock(workbench.cache / f"{name}.lock"):
        if not (folder / "finished").exists():
            shutil.rmtree(folder, ignore_errors=True)
            python = bare_venv(running_python(), folder / "venv")
            kept = {name: os.environ[name] for name in os.environ if name[:4] == "PIP_"}
            pip = [kit.python, "-m", "pip", "--python", python]
            run_or_raise(
                [*pip, "install", "--quiet", *wanted], env=clean_environment(kept)
            )
            (folder / "finished").touch()
    python = next(folder.glob("venv/[bS]*/python*"))
    return Neighborhood(python, workbench)
