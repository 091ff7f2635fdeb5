"""Run a command in an environment that does not depend on who runs it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["CommandError", "Run", "clean_environment", "run", "run_or_raise"]

_CHANGE_BUILDS = (
    "ABI3BUILD_",
    "PIP_",
    "PYTHON",
    "SETUPTOOLS_",
    "VIRTUAL_ENV",
    "PYTEST_",
)
_CHANGE_BUILDS_TOO = {
    "CFLAGS",
    "CMAKE_BUILD_PARALLEL_LEVEL",
    "CPPFLAGS",
    "CXXFLAGS",
    "FORCE_COLOR",
    "LDFLAGS",
    "MAX_JOBS",
    "SOURCE_DATE_EPOCH",
    "__PYVENV_LAUNCHER__",
}


class CommandError(Exception):
    """Report a command of the workbench itself that failed, with all its output."""


@dataclass(frozen=True)
class Run:
    """Hold what a finished command said."""

    returncode: int
    stdout: str
    stderr: str


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of this process without those that change a build.

    ``extra`` is laid on top.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_CHANGE_BUILDS) and name not in _CHANGE_BUILDS_TOO
    }
    return {**kept, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **(extra or {})}


def run(
    command: Sequence[str | Path],
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run a command in a folder and give what it said, whatever its exit status.

    ``env`` is all that the command sees; by default a clean environment.
    """
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=clean_environment() if env is None else dict(env),
        errors="backslashreplace",
    )
    return Run(done.returncode, done.stdout, done.stderr)


def run_or_raise(
    command: Sequence[str | Path],
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run a command that has to succeed; raise ``CommandError`` if it does not."""
    done = run(command, folder, env)
    if done.returncode:
        words = " ".join(map(str, command))
        message = f"exit status {done.returncode}: {words}\n{done.stdout}{done.stderr}"
        raise CommandError(message)
    return done
