"""Find the wheels and extension files that a user means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["find_inputs"]

_SUFFIXES = {".pyd", ".so", ".whl"}


def find_inputs(names: Sequence[str]) -> list[Path]:
    """Turn the names on a command line into files, in their order.

    A directory stands for the wheels and extension files in it, at any depth, sorted.
    Raise ``UnreadableError`` for what is not there and for a directory without any.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found += _in_directory(path)
        elif path.exists():
            found.append(path)
        else:
            message = f"{name}: no such file or directory: check the path"
            raise UnreadableError(message)
    return list(dict.fromkeys(found))


def _in_directory(directory: Path) -> list[Path]:
    found = sorted(
        path
        for path in directory.rglob("*")
        if path.suffix in _SUFFIXES and path.is_file()
    )
    if not found:
        message = (
            f"{directory}: no wheel and no extension file in it (*.whl, *.so, *.pyd):"
            " name the directory that the build wrote to"
        )
        raise UnreadableError(message)
    return found
