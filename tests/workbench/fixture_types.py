"""Name the types of the fixtures in ``tests/conftest.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.building import Environment
from workbench.pythons import FoundPython

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.building import Build
    from workbench.running import Run

__all__ = [
    "BuildWheel",
    "ImportOn",
    "MakeEnvironment",
    "OnWindows",
    "PythonNamed",
    "Sample",
]

Sample = Callable[[str], Path]
"""Copy a sample project, given its name; return the copy."""

PythonNamed = Callable[[str], FoundPython]
"""Return the interpreter with a label such as ``3.13t``, or skip the test."""

MakeEnvironment = Callable[[FoundPython], Environment]
"""Make a fresh virtual environment of an interpreter."""


class BuildWheel(Protocol):
    """Build a project's wheel; see ``workbench.building.Workbench.build``."""

    def __call__(
        self,
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        isolated: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        """Return what the build said and the wheels in ``dist``."""


class ImportOn(Protocol):
    """Run code with an unpacked wheel on an interpreter, whatever the tag says."""

    def __call__(self, python: FoundPython, wheel: Path, code: str) -> Run:
        """Return what the code said."""


class OnWindows(Protocol):
    """Run Windows Python; see ``workbench.wine.run_windows``."""

    def __call__(
        self,
        version: str,
        *arguments: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Run:
        """Return what it said."""
