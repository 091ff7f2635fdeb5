"""Find the program of a user's command: that of the tried Python, never of another.

The user's own environment may have a ``pytest`` too, often first on ``PATH``.  That one
would test whatever is installed there, on another Python.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.surroundings import absolute_folders, find_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi3build.trials.environments import Environment

__all__ = [
    "ForeignProgramError",
    "command_words",
    "expect_no_relative_file",
    "find_command_program",
    "without_environments",
]

_PYTHON = re.compile(r"(?:python|pypy|graalpy)[0-9.]*[td]*w?(?:\.exe)?", re.IGNORECASE)
_WRAPPED = re.compile(rb"^#!/bin/sh\n'''exec' ")
"""How installers begin scripts of a Python whose path is too long for the kernel."""

_MARKS_OF_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
_BEGINNING = 512


class ForeignProgramError(Exception):
    """Say that a command would not run on the Python that is tried."""


def command_words(text: str, places: Mapping[str, str]) -> list[str]:
    """Split a command into words as a shell does, then fill in its placeholders.

    ``places`` are paths by their placeholders, such as ``{project}``; a path may
    contain spaces.  Raise ``UsageError`` if there is no word, or if a quotation mark is
    not closed.
    """
    try:
        # Backslashes are parts of paths on Windows.
        words = shlex.split(text, posix=os.name != "nt")
    except ValueError as fault:
        message = f"--command {text}: {fault}: close the open quotation mark"
        raise UsageError(message) from None
    if not words:
        message = "--command: is empty: name a program"
        raise UsageError(message)
    for placeholder, value in places.items():
        words = [word.replace(placeholder, value) for word in words]
    return words


def expect_no_relative_file(text: str, project: Path) -> None:
    """Refuse a command that names a file of the project as if it ran there.

    It runs in an empty folder, which would only be noticed after builds that take
    minutes.  Raise ``UsageError``.
    """
    for word in command_words(text, {})[1:]:
        named = Path(word)
        if named.suffix and not named.is_absolute() and (project / named).is_file():
            message = (
                f"--command {text}: starts in an empty folder, without {word}: write"
                f" {{project}}/{named.as_posix()}"
            )
            raise UsageError(message)


def find_command_program(
    word: str, environment: Environment, environ: Mapping[str, str]
) -> str:
    """Return the path of a program that a command names.

    ``environ`` are the user's variables.  Raise ``ForeignProgramError`` if there is
    none, or if another Python would run it.
    """
    if os.path.dirname(word):  # noqa: PTH120 - a program by its path
        place = shutil.which(word)
    else:
        place = shutil.which(word, path=str(environment.scripts))
        if place is not None:
            return place
        place = find_program(word, environ)
    if place is None:
        message = (
            f"{word}: no such command: name the package that contains it with"
            " --requires"
        )
        raise ForeignProgramError(message)
    if Path(place).parent == environment.scripts or not _is_foreign(
        Path(place), environment.scripts
    ):
        return place
    if _PYTHON.fullmatch(Path(place).name):
        message = (
            f"{place} is another Python: write python, which is the one that is tried"
        )
    elif os.path.dirname(word):  # noqa: PTH120 - as above
        message = (
            f"{place} would run under a Python other than the one that is tried: write"
            " python before it"
        )
    else:
        message = (
            f"{word}: not in this environment, and {place} would run under another"
            " Python: name the package that contains it with --requires"
        )
    raise ForeignProgramError(message)


def without_environments(path: str, scripts: Path) -> str:
    """Return a search path without the folders of environments, except ``scripts``.

    Programs that a command starts itself are looked for there too.
    """
    return os.pathsep.join(
        folder
        for folder in absolute_folders(path)
        if Path(folder) == scripts or not _is_of_environment(Path(folder))
    )


def _is_of_environment(folder: Path) -> bool:
    # pyenv's shims, and the programs of the versions that it keeps, are no others'.
    is_of_pyenv = folder.name == "shims" or folder.parent.parent.name == "versions"
    return is_of_pyenv or any(
        # Path.exists raises in a folder that may not be entered.
        os.path.exists(folder.parent / mark)  # noqa: PTH110 - see above
        for mark in _MARKS_OF_ENVIRONMENT
    )


def _is_foreign(program: Path, scripts: Path) -> bool:
    """Tell whether a Python that is not in ``scripts`` runs a program, or is it."""
    if _PYTHON.fullmatch(program.name):
        return True
    if os.name == "nt":
        # Programs of packages are launchers there, beside or below their Python.
        folders = (program.parent, program.parent.parent)
        return any((folder / "python.exe").exists() for folder in folders)
    beginning = _beginning_of(program)
    if not beginning.startswith(b"#!"):
        return False
    # A shim of pyenv starts whatever Python is chosen for the current folder.
    if b"pyenv" in beginning or _WRAPPED.match(beginning):
        return True
    line = beginning[2:].partition(b"\n")[0].decode("utf-8", "replace")
    return _runs_with_another(line.split(), scripts)


def _beginning_of(program: Path) -> bytes:
    try:
        with program.open("rb") as stream:
            return stream.read(_BEGINNING)
    except OSError:
        return b""


def _runs_with_another(words: Sequence[str], scripts: Path) -> bool:
    """Tell whether the words behind ``#!`` name a Python that is not in ``scripts``."""
    if not words:
        return False
    name = Path(words[0]).name
    if name == "env":
        # It looks on PATH, where the tried Python comes first.
        named = next((word for word in words[1:] if not word.startswith("-")), "")
        return bool(_PYTHON.fullmatch(named)) and not (scripts / named).exists()
    return _PYTHON.fullmatch(name) is not None and Path(words[0]).parent != scripts
