"""Where a finding is, in the words of services that show a repository's files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from abi3build.rules.finding import Finding

__all__ = ["Place", "place_of", "relative_path"]

_ORIGIN = re.compile(r"(?P<file>[^:]+|[A-Za-z]:[^:]+):(?P<line>[1-9][0-9]*)(?: .*)?")
"""An origin that names a line, such as ``src/core.c:41 in encode() and 2 more``."""


class Place(NamedTuple):
    """Name a file below the root, and a line of it."""

    path: str
    """With forward slashes, whatever the system."""

    line: int | None
    """None where the whole file is meant: a wheel, an extension module."""


def place_of(finding: Finding, audited: str, root: str) -> Place:
    """Give the source line of a finding where it is known, else the audited file."""
    match = _ORIGIN.fullmatch(finding.origin)
    if match is None:
        return Place(relative_path(audited, root), None)
    return Place(relative_path(match["file"], root), int(match["line"]))


def relative_path(path: str, root: str) -> str:
    """Give a path as seen from the root; what lies elsewhere keeps its name alone."""
    # Path.resolve would lead out of a root that has links in it.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100
    try:
        return absolute.relative_to(os.path.abspath(root)).as_posix()  # noqa: PTH100
    except ValueError:
        return absolute.name
