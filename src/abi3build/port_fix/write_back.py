"""Write the changes into the project: files are replaced whole, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from abi3build.port_fix.fix_report import FixReport

__all__ = ["refuse_unsaved_changes", "write_fixes"]

_NO_TREE = "not a git repository"
"""What git says in English outside of its trees."""


def refuse_unsaved_changes(project: Path) -> None:
    """Raise ``UsageError`` if the project has changes that git has not committed.

    A folder that is not a git tree is accepted, because there is nothing to compare
    with.  One that git refuses to read is not.
    """
    try:
        run = subprocess.run(
            ["git", "-C", str(project), "status", "--porcelain", "--", "."],  # noqa: S607 - the user's git
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    if run.returncode and _NO_TREE not in run.stderr:
        words = " ".join(run.stderr.split("\n", maxsplit=1)[0].split())
        message = (
            f"{project}: git does not say whether there are uncommitted changes"
            f" ({words}): settle that first, or add --force"
        )
        raise UsageError(message)
    changed = [line for line in run.stdout.splitlines() if not line.startswith("??")]
    if changed:
        more = "" if len(changed) == 1 else f" and {len(changed) - 1} more"
        message = (
            f"{project}: has uncommitted changes, such as"
            f" {changed[0][3:]}{more}: commit or stash them, or add --force"
        )
        raise UsageError(message)


def write_fixes(project: Path, report: FixReport) -> None:
    """Replace each changed file whole; keep its mode.

    Raise ``UsageError`` for a link out of the project, before anything is written, and
    ``UnreadableError`` if a file cannot be written.
    """
    root = Path(os.path.realpath(project))
    for name in sorted(report.contents):
        path = Path(os.path.realpath(project / name))
        if root not in path.parents:
            message = (
                f"{project / name}: is a link to {path}, outside of the project, so"
                " nothing was written: put a copy of the file in its place"
            )
            raise UsageError(message)
    for name, data in sorted(report.contents.items()):
        path = Path(os.path.realpath(project / name))
        try:
            mode = path.stat().st_mode
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                os.chmod(temporary, mode)  # noqa: PTH101 - a name, no Path
                os.replace(temporary, path)  # noqa: PTH105 - a name, no Path
            except OSError:
                os.unlink(temporary)  # noqa: PTH108 - a name, no Path
                raise
        except OSError as fault:
            message = (
                f"{path}: {fault.strerror or fault}: check the path and its permissions"
            )
            raise UnreadableError(message) from None
