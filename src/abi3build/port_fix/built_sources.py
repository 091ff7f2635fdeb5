"""Sources that the build of a project writes itself: a change in them would be lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["why_built"]

_LINE = re.compile(rb'(?m)^[ \t]*#[ \t]*(?:line[ \t]+)?\d+[ \t]+"(?P<file>[^"\n]+)"')
"""https://en.cppreference.com/w/c/preprocessor/line"""

_SECONDS = 1.0
"""By how much the times of a file and its copy may differ on some file systems."""


def why_built(project: Path, tree: Path, name: str) -> str:
    """Return why a file is not changed; empty if a person may have written it.

    ``tree`` is the copy of the project in which the build ran, and ``name`` a file in
    it.  A file counts as built if the build wrote it, or if its ``#line`` directives
    name another file of the project.
    """
    origin = _origin(tree, name)
    if origin:
        return (
            f"it is generated from {origin}, as its #line directives say, and would be"
            f" generated again: make the changes in {origin}"
        )
    if _is_written(project / name, tree / name):
        return (
            "the build writes it, so a change in it would be lost: change what it is"
            " made from"
        )
    return ""


def _origin(tree: Path, name: str) -> str:
    """Return the file of the project that a source was made from, by its own words."""
    own = tree / name
    for found in _LINE.finditer(own.read_bytes()):
        said = found["file"].decode("utf-8", "replace")
        for path in (own.parent / said, tree / said):
            if not path.is_file() or path.samefile(own):
                continue
            if path.resolve().is_relative_to(tree.resolve()):
                return path.resolve().relative_to(tree.resolve()).as_posix()
    return ""


def _is_written(before: Path, after: Path) -> bool:
    """Tell whether a file is new, other than before, or written again."""
    if not before.is_file():
        return True
    apart = abs(after.stat().st_mtime - before.stat().st_mtime)
    return apart > _SECONDS or before.read_bytes() != after.read_bytes()
