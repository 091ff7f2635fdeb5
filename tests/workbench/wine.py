"""Run real Windows Pythons with wine.

``tests/lab/make_windows_pythons.py`` makes them and the folder in which wine keeps its
Windows.  All tests of a machine share both.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.pythons import lab_folder
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from workbench.running import Run

__all__ = [
    "make_prefix",
    "missing_functions",
    "prefix_exists",
    "run_windows",
    "serving",
    "windows_headers",
    "windows_path",
    "windows_python",
]

_NO_IMPLEMENTATION = re.compile(r"No implementation for (python3\w*\.dll\.\w+)")

_SECONDS_ALONE = 600
"""How long wine's server stays where the process that should end it was killed."""


def windows_python(version: str) -> Path:
    """Say where the lab has Windows Python of a minor version such as ``3.9``."""
    return lab_folder() / "win" / f"py{version.replace('.', '')}" / "python.exe"


def windows_headers(version: str) -> Path:
    """Say where ``Python.h`` of such a Python is; not each has one."""
    return windows_python(version).parent / "Include" / "Python.h"


def windows_path(path: Path) -> str:
    """Name a file as programs under wine see it."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


def prefix_exists() -> bool:
    """Say whether wine's Windows has been made."""
    return (_prefix() / "system.reg").exists()


def make_prefix() -> None:
    """Make wine's Windows and let it be Windows 10; raise where that fails."""
    prefix = _prefix()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with _lock(exclusive=True):
        if not prefix_exists():
            _quietly("wineboot", "--init")
            _quietly("wineserver", "--wait")
            # A new one says that it is Windows 7, which CPython 3.9 and later refuse.
            _quietly("wine", "winecfg", "-v", "win10")
            _quietly("wineserver", "--wait")


@contextmanager
def serving() -> Iterator[None]:
    """Keep wine's server running, so that a start takes a tenth of the time.

    Processes that do so at once share the server; the last of them ends it.
    """
    with _lock(exclusive=False):
        # Started otherwise, its helpers would hold the pipes of the first program.  It
        # ends with status 2 where another process was first.
        _quietly("wineserver", f"--persistent={_SECONDS_ALONE}", check=False)
        _quietly("wine", "wineboot")
        yield
    try:
        with _lock(exclusive=True, waiting=False):
            _quietly("wineserver", "--kill", check=False)
    except BlockingIOError:
        return


def run_windows(
    version: str,
    *arguments: str,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run Windows Python of a minor version and give what it said.

    ``env`` is laid on top of a clean environment.  A function that a library lacks does
    not stop wine from loading: it is named on standard error where ``WINEDEBUG`` is
    ``warn+module``, and ends the process when it is called.
    """
    # The outputs must be pipes: Python does not start with a file in their place.
    environment = clean_environment({**_environment(), **(env or {})})
    return run(["wine", windows_python(version), *arguments], folder, environment)


def missing_functions(run: Run) -> list[str]:
    """Return what a run did not find in Python's DLLs: ``python3.dll.PyLong_AsInt``.

    Windows would not have loaded the module.  The run needs ``WINEDEBUG`` as
    ``run_windows`` says.
    """
    return sorted(set(_NO_IMPLEMENTATION.findall(run.stderr)))


def _prefix() -> Path:
    return lab_folder() / "wine"


def _environment() -> dict[str, str]:
    return {
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # Nothing here needs the runtimes that wine would offer to install.
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "WINEPREFIX": str(_prefix()),
    }


@contextmanager
def _lock(*, exclusive: bool, waiting: bool = True) -> Iterator[None]:
    import fcntl  # Windows, if nobody gets here, has none.

    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    with (lab_folder() / "wine.lock").open("w") as file:
        fcntl.flock(file, kind if waiting else kind | fcntl.LOCK_NB)
        yield


def _quietly(*command: str, check: bool = True) -> None:
    subprocess.run(
        command,
        check=check,
        env={**os.environ, **_environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
