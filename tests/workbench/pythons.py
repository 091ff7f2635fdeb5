"""Find the real CPython installations of a machine.

Looked at are the folders on ``PATH``, pyenv's versions, the lab's folder and the
interpreter that asks.  A virtual environment stands for the installation it was made
from, and each installation comes once.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FoundPython", "find_pythons", "lab_folder", "running_python"]

_FILE_NAME = re.compile(r"python(3(\.\d+[td]?)?)?(\.exe)?")

_PROBE = """
import json, os, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": sys.version_info[:3],
    "prefix": sys.base_prefix,
    "executable": getattr(sys, "_base_executable", sys.executable),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "has_headers": os.path.exists(
        os.path.join(sysconfig.get_path("include"), "Python.h")
    ),
}))
"""

_PATIENCE_IN_SECONDS = 30


@dataclass(frozen=True, order=True)
class FoundPython:
    """Describe one installation of CPython; the oldest sorts first."""

    version: tuple[int, int, int]
    free_threaded: bool
    debug: bool
    executable: Path
    """The interpreter of the installation itself, not of a virtual environment."""

    has_headers: bool
    """True if ``Python.h`` is installed, so that extensions can be built."""

    @property
    def minor(self) -> tuple[int, int]:
        """Return the version without the patch level."""
        return self.version[:2]

    @property
    def flags(self) -> str:
        """Return CPython's own letters for the kind of build: ``t``, ``d`` or both."""
        return ("t" if self.free_threaded else "") + ("d" if self.debug else "")

    @property
    def label(self) -> str:
        """Name the minor version and the kind of build, such as ``3.13t``."""
        return "{}.{}".format(*self.minor) + self.flags

    @property
    def release(self) -> str:
        """Name the release and the kind of build, such as ``3.13.15t``."""
        return "{}.{}.{}".format(*self.version) + self.flags

    @property
    def is_regular(self) -> bool:
        """Say whether the build has the GIL and no debug checks."""
        return not self.flags


def lab_folder() -> Path:
    """Return the folder in which ``tests/lab/make_pythons.py`` puts interpreters."""
    folder = os.environ.get("ABI3_LAB")
    return Path(folder) if folder else Path.home() / ".cache" / "abi3-lab"


@cache
def find_pythons() -> tuple[FoundPython, ...]:
    """Return every CPython 3 that runs, the oldest first."""
    found: dict[tuple[str, str], FoundPython] = {}
    for path in _candidates():
        facts = _facts(path)
        if facts is not None:
            prefix, python = facts
            found.setdefault((prefix, python.release), python)
    return tuple(sorted(found.values()))


@cache
def running_python() -> FoundPython:
    """Return the installation of the interpreter that runs this code."""
    facts = _facts(Path(sys.executable))
    if facts is None:
        message = f"no CPython: {sys.executable}"
        raise RuntimeError(message)
    return facts[1]


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    seen = set()
    for folder in _folders():
        for path in sorted(folder.glob("python*")):
            target = path.resolve()
            if _FILE_NAME.fullmatch(path.name) and target not in seen:
                seen.add(target)
                yield path


def _folders() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield lab_folder() / "bin"
    yield from sorted(pyenv.glob("versions/*/bin"))
    for name in os.environ.get("PATH", "").split(os.pathsep):
        # pyenv's shims are shell scripts that lead to the versions seen already.
        if name and Path(name) != pyenv / "shims":
            yield Path(name)


def _facts(path: Path) -> tuple[str, FoundPython] | None:
    try:
        run = subprocess.run(
            [path, "-I", "-S", "-c", _PROBE],
            capture_output=True,
            check=True,
            text=True,
            timeout=_PATIENCE_IN_SECONDS,
        )
        facts = json.loads(run.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if facts["implementation"] != "cpython":
        return None
    major, minor, patch = facts["version"]
    python = FoundPython(
        version=(major, minor, patch),
        free_threaded=facts["free_threaded"],
        debug=facts["debug"],
        executable=Path(facts["executable"]),
        has_headers=facts["has_headers"],
    )
    return facts["prefix"], python
