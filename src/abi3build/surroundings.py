"""What may be used of the user's machine: a home directory, programs on ``PATH``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["absolute_folders", "find_program", "home_folder", "words_of_variable"]


def home_folder() -> Path | None:
    """Return the user's home directory; None if the system does not know one.

    That is usual in containers that run as a user without a name and without HOME.
    """
    try:
        return Path.home()
    except RuntimeError:
        return None


def absolute_folders(path: str) -> list[str]:
    """Return the folders of a search path, except those below the current folder.

    An empty part, or ``.``, stands for the current folder, which may contain foreign
    files.
    """
    return [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]


def find_program(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of a program on ``PATH``; None if there is none.

    A program in the current folder is found only by a path that leads to it, even on
    Windows, where ``shutil.which`` would look there first.
    """
    if os.path.dirname(name):  # noqa: PTH120 - pathlib drops the "./" that matters
        return shutil.which(name)
    for folder in absolute_folders(environ.get("PATH", os.defpath)):
        found = shutil.which(name, path=folder)
        if found is not None and os.path.isabs(found):  # noqa: PTH117 - a text
            return found
    return None


def words_of_variable(name: str, environ: Mapping[str, str]) -> list[str]:
    """Return the words of an environment variable, as a shell would split them.

    Raise ``UsageError`` if a quotation in it does not end.
    """
    given = environ.get(name, "")
    if not given:
        return []
    # Most commands need none, and it takes a while to load.
    import shlex

    try:
        return shlex.split(given, posix=os.name != "nt")
    except ValueError:
        message = (
            f"environment variable {name}: a quotation in {given} does not end: close"
            " it, or write a backslash before the quotation mark"
        )
        raise UsageError(message) from None
