"""A project's own files, without those that tools have put among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NOT_OWN", "own_files"]

NOT_OWN = frozenset(
    ("build", "dist", "node_modules", "__pycache__", "venv", "site-packages")
)
"""Names of folders whose files were built or installed; hidden folders are none too."""

_MARKS_OF_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What lies in an environment, whatever its name."""


def own_files(path: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted, or the one file that was named.

    Links are not followed, because they may lead out of the project, or in a circle.
    """
    if path.is_file():
        yield path
        return
    for each in sorted(path.iterdir()):
        if each.is_symlink():
            continue
        if not each.is_dir():
            yield each
        elif not _is_foreign(each):
            yield from own_files(each)


def _is_foreign(folder: Path) -> bool:
    if folder.name in NOT_OWN or folder.name.startswith("."):
        return True
    return any(each.name in _MARKS_OF_ENVIRONMENT for each in folder.iterdir())
