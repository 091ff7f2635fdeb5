"""Copy a project so that its build can write into the copy, and only there."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["copy_writable"]


def copy_writable(project: Path, copy: Path, left_out: Iterable[str]) -> None:
    """Copy the tree of a project, except for names that match the given patterns.

    The owner may write to every copied file.  A link to another part of the project
    leads there in the copy, and a link to a file elsewhere becomes that file, so
    nothing outside the copy is written through it.  Raise ``OSError`` if a file cannot
    be copied (``shutil.Error`` with all of them).
    """
    ignored = shutil.ignore_patterns(*left_out)
    shutil.copytree(project, copy, symlinks=True, ignore=ignored)
    for folder, folders, files in os.walk(copy):
        # Read-only folders are listed, but their links cannot be replaced.
        _allow_writing(Path(folder))
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink():
                _lead_elsewhere(path, project / path.relative_to(copy), project, copy)
            elif path.is_file():
                _allow_writing(path)


def _allow_writing(path: Path) -> None:
    path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IWUSR)


def _lead_elsewhere(link: Path, original: Path, project: Path, copy: Path) -> None:
    target, root = Path(os.path.realpath(original)), Path(os.path.realpath(project))
    if not target.exists():
        return
    inside = root in target.parents
    if not inside and not target.is_file():
        return
    link.unlink()
    if inside:
        link.symlink_to(copy / target.relative_to(root), target.is_dir())
    else:
        shutil.copy2(target, link)
        _allow_writing(link)
