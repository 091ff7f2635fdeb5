"""Run code with the contents of a wheel on any interpreter, without installing it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.pythons import FoundPython
    from workbench.running import Run

__all__ = ["run_code", "unpack"]


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel into a folder; return the folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_code(python: FoundPython, unpacked: Path, code: str) -> Run:
    """Run code that imports from an unpacked wheel, whatever the wheel's tag says."""
    # With -c the working folder comes first on sys.path.
    return run([python.executable, "-s", "-B", "-c", code], unpacked)
