"""Take over and end processes that a command left in a session of their own.

A process that calls ``setsid`` is no longer in the group.  On Linux, orphans below a
process can be made its own children, whatever they did before they lost their parents:
https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html.  Elsewhere
there is no general way, and ``try`` says so.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOTE_ELSEWHERE", "Orphans", "adopted_orphans"]

NOTE_ELSEWHERE = (
    ""
    if sys.platform == "linux"
    else "on this system, processes that a wheel or a test starts in a session of their"
    " own are not stopped: stop them yourself"
)
"""What is not done here; empty if all is done."""

_SET_CHILD_SUBREAPER = 36
_LONGEST = 5.0
"""In seconds; a process that waits for a device does not end at once."""


class Orphans:
    """End the children of this process that it did not start."""

    def __init__(self, others: set[int]) -> None:
        self._others = others
        """Children that were there before, which are none of our business."""

    def end(self, own: set[int], mark: bytes = b"") -> None:
        """End all orphans that have a mark among their variables, and their children.

        ``own`` are the children that were started here.  Without a mark all are meant.
        """
        end = time.monotonic() + _LONGEST
        while time.monotonic() < end:
            found = [
                child
                for child in _children() - self._others - own
                if mark in _variables_of(child)
            ]
            if not found:
                return
            # The death of one hands its children over to this process: look again.
            for child in found:
                _end(child)
            time.sleep(0.01)


@contextlib.contextmanager
def adopted_orphans() -> Iterator[Orphans | None]:
    """Make orphans below this process its children; yield None if the system cannot.

    Those that are left at the end are ended.
    """
    before = _children()
    if not _set_subreaper(on=True):
        yield None
        return
    orphans = Orphans(before)
    try:
        yield orphans
    finally:
        orphans.end(set())
        _set_subreaper(on=False)


def _set_subreaper(*, on: bool) -> bool:
    if sys.platform != "linux" or not Path("/proc/self/stat").exists():
        return False
    try:
        import ctypes

        status: int = ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return False
    return status == 0


def _children() -> set[int]:
    """Return the process identifiers of the children of this process."""
    parent = str(os.getpid()).encode()
    children = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            # The name before it may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
            if path.read_bytes().rpartition(b") ")[2].split()[1] == parent:
                children.add(int(path.parent.name))
    return children


def _variables_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
