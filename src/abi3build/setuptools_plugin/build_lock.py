"""Allow one build at a time in a build folder.

Builds that share a folder would remove and link each other's objects.  The lock is a
system lock on an open file, so it ends with its process, however that ends.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from abi3build.setuptools_plugin.console import note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["build_lock"]

_NAME = "abi3build.lock"
_PAUSE = 0.2
"""In seconds, between two attempts."""

_held: set[str] = set()
"""The folders that this process has locked: commands of one build start others."""


@contextmanager
def build_lock(build_base: Path) -> Iterator[None]:
    """Reserve a build folder for this process; wait for others, and say so once."""
    key = os.path.abspath(build_base)
    if key in _held:
        yield
        return
    build_base.mkdir(parents=True, exist_ok=True)
    with (build_base / _NAME).open("a+b") as stream:
        if not _try_lock(stream):
            note(f"waiting for another build in {build_base} to finish")
            while not _try_lock(stream):
                time.sleep(_PAUSE)
        _held.add(key)
        try:
            yield
        finally:
            _held.discard(key)
            _unlock(stream)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(stream: IO[bytes]) -> bool:
        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(stream: IO[bytes]) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network file systems know no locks: better unlocked than not at all.
            return True
        return True

    def _unlock(stream: IO[bytes]) -> None:
        try:
            fcntl.flock(stream, fcntl.LOCK_UN)
        except OSError:
            return
