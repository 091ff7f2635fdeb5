"""Find the Pythons of this machine: for the demonstration and for the tests.

Looked at: pyenv's versions, the lab (``tests/lab/make_pythons.py``), then ``PATH``.
"""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FoundPython", "find_pythons", "lab_folder"]

_QUESTION = """
import json, os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
print(json.dumps({
    "version": sys.version_info[:2],
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "implementation": sys.implementation.name,
    "has_headers": os.path.exists(header),
}))
"""
_SECONDS = 60


@dataclass(frozen=True)
class FoundPython:
    """Describe one interpreter by what it says of itself."""

    path: Path
    version: tuple[int, int]
    free_threaded: bool
    debug: bool
    implementation: str
    has_headers: bool

    @property
    def label(self) -> str:
        """Name the interpreter, such as ``3.13t``."""
        flags = ("t" if self.free_threaded else "") + ("d" if self.debug else "")
        return f"{self.version[0]}.{self.version[1]}{flags}"

    @property
    def loads_abi3(self) -> bool:
        """Tell whether abi3 wheels of a low enough floor are for it."""
        return self.implementation == "cpython" and not self.free_threaded


def lab_folder() -> Path:
    """Give the folder with the further interpreters: ``$ABI3_LAB`` or the cache."""
    default = Path.home() / ".cache" / "abi3-lab"
    return Path(os.environ.get("ABI3_LAB") or default)


def find_pythons() -> list[FoundPython]:
    """Find one interpreter for each version and kind, sorted; best with headers."""
    with ThreadPoolExecutor(max_workers=2) as executor:
        answers = executor.map(_ask, _candidates())
    found = [python for python in answers if python is not None]
    chosen: dict[str, FoundPython] = {}
    for python in sorted(found, key=lambda python: not python.has_headers):
        chosen.setdefault(f"{python.implementation} {python.label}", python)
    return sorted(chosen.values(), key=lambda python: (python.version, python.label))


def _candidates() -> list[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [
        *sorted(pyenv.glob("versions/*/bin/python3")),
        *sorted((lab_folder() / "bin").glob("python3.*")),
        *_on_path(),
    ]
    return list(dict.fromkeys(candidates))


def _on_path() -> Iterator[Path]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        # A shim of pyenv answers for whichever version is switched on.
        if Path(folder).name == "shims":
            continue
        for minor in range(8, 20):
            path = Path(folder, f"python3.{minor}")
            if path.exists():
                yield path


def _ask(path: Path) -> FoundPython | None:
    try:
        answer = subprocess.run(
            [path, "-I", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    facts = json.loads(answer)
    return FoundPython(path=path, **{**facts, "version": tuple(facts["version"])})
