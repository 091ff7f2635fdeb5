"""Find the wheels and extension files that a user means.

pathlib is loaded for directories only: for a single wheel, the usual case, loading it
would take as long as reading the wheel.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from typing import BinaryIO

__all__ = ["Input", "Inputs", "find_inputs", "open_input"]

_STANDARD_INPUT = "-"
_SUFFIXES = {".pyd", ".so", ".whl"}
_WILDCARDS = frozenset("*?[")


class Input(NamedTuple):
    """Name one file to look at."""

    path: str
    named: bool = True
    """False if a directory or a pattern was given: then the user did not say that this
    very file promises anything."""


class Inputs(NamedTuple):
    """List the files to look at, each once, and what could not be found."""

    files: tuple[Input, ...] = ()
    faults: tuple[str, ...] = ()


def find_inputs(names: Iterable[str], listed: Iterable[str] = ()) -> Inputs:
    """Turn the names on a command line into files, in their order.

    A directory stands for the wheels and extension files in it at any depth, sorted.  A
    pattern that is not a file name stands for its matches, for shells that do not
    expand patterns, and ``-`` for the names in ``listed``, the lines of standard input.
    A file that is both named and found counts as named.
    """
    found: dict[str, Input] = {}
    faults: list[str] = []
    for each in _search(names, list(listed)):
        if isinstance(each, str):
            faults.append(each)
        elif each.path not in found or each.named:
            found[each.path] = each
    return Inputs(tuple(found.values()), tuple(dict.fromkeys(faults)))


def open_input(path: str | PathLike[str]) -> BinaryIO:
    """Return a file opened for reading; raise ``UnreadableError`` if that fails."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        message = f"{path}: no such file: check the path"
        raise UnreadableError(message) from None
    except OSError as fault:
        message = (
            f"{path}: {fault.strerror or fault}: check the path and its permissions"
        )
        raise UnreadableError(message) from None


def _search(names: Iterable[str], listed: list[str]) -> Iterator[Input | str]:
    for name in names:
        if name != _STANDARD_INPUT:
            yield from _find(name)
        elif listed:
            for line in listed:
                yield from _find(line)
        else:
            yield "-: standard input is empty: write one path per line to it"


def _find(name: str) -> Iterator[Input | str]:
    if os.path.isdir(name):
        yield from _in_directory(name)
    elif os.path.exists(name):
        yield Input(_tidy(name))
    elif _WILDCARDS & set(name):
        yield from _matching(name)
    else:
        yield f"{name or repr(name)}: {_why_absent(name)}"


def _why_absent(name: str) -> str:
    try:
        os.stat(name)
    except PermissionError as fault:
        # A folder on the way may not be entered, so nothing is known of the file.
        return f"{fault.strerror}: check the path and its permissions"
    except (OSError, ValueError):
        pass
    return "no such file or directory: check the path"


def _matching(pattern: str) -> Iterator[Input | str]:
    import glob

    paths = sorted(glob.glob(pattern, recursive=True))
    if not paths:
        yield f"{pattern}: no file matches: check the pattern"
    for path in paths:
        if os.path.isdir(path):
            yield from _in_directory(path)
        else:
            yield Input(_tidy(path), named=False)


def _in_directory(directory: str) -> Iterator[Input | str]:
    from pathlib import Path

    # Path.rglob says nothing of directories that it may not read.
    refused: list[OSError] = []
    found = sorted(
        Path(folder, file)
        for folder, _, files in os.walk(directory, onerror=refused.append)
        for file in files
        if Path(file).suffix in _SUFFIXES and Path(folder, file).is_file()
    )
    for fault in refused:
        yield f"{fault.filename}: {fault.strerror}: check the permissions"
    if not found and not refused:
        yield (
            f"{Path(directory)}: contains no wheel and no extension file (*.whl,"
            " *.so, *.pyd): name the directory that the build wrote to"
        )
    for path in found:
        yield Input(str(path), named=False)


def _tidy(name: str) -> str:
    """Write a name as pathlib would; import pathlib only if the result may differ."""
    if os.sep == "/" and not name.endswith("/") and not re.search(r"//|\./", name):
        return name
    from pathlib import Path

    return str(Path(name))
