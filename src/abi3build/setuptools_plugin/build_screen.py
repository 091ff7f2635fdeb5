"""What a build with several commands at once shows: outputs, progress, a summary."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BuildScreen", "Job", "summary"]

_SECONDS_BEFORE_PROGRESS = 2.0
_CLEAR = "\r\033[K"
_SLOWEST = 5


@dataclass
class Job:
    """Hold one command, and how it went."""

    words: list[str]
    finish: Callable[[float, bytes], None]
    """What is to be done as soon as it succeeded; takes the seconds that it ran, and
    what it said."""

    makes: str = ""
    """The object that a compile makes, absolute; empty for other commands."""

    output: bytes = b""
    error: str = ""
    """Why it failed, in the words of distutils; empty if it did not."""

    has_run: bool = False


class BuildScreen:
    """Show the commands of the first lane as they end, and of the others after it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._front = 0
        self._held: dict[int, list[Job]] = defaultdict(list)
        self._ended: set[int] = set()
        self._began = time.monotonic()
        self._all = self._done = 0
        self._running: dict[int, tuple[float, str]] = {}
        self._has_progress = False

    def count(self, job: Job) -> None:
        """Count a compile that is to come."""
        with self._lock:
            self._all += bool(job.makes)

    def begin(self, job: Job) -> None:
        """Take notice of a compile that begins."""
        if job.makes:
            with self._lock:
                name = Path(job.makes).stem
                self._running[id(job)] = (time.monotonic(), name)

    def done(self, job: Job) -> None:
        """Take notice of a command that ended; show progress if it takes long."""
        if not job.makes:
            return
        with self._lock:
            self._running.pop(id(job), None)
            self._done += 1
            elapsed = time.monotonic() - self._began
            if elapsed > _SECONDS_BEFORE_PROGRESS and sys.stderr.isatty():
                longest = min(self._running.values(), default=(0.0, ""))[1]
                line = f"[{self._done}/{self._all}] {elapsed:.0f} s {longest}"
                sys.stderr.write(_CLEAR + line)
                sys.stderr.flush()
                self._has_progress = True

    def clear(self) -> None:
        """Take the line of progress away."""
        with self._lock:
            if self._has_progress:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()
                self._has_progress = False

    def show(self, lane: int, job: Job) -> None:
        """Show a command and all that it printed, when it is the lane's turn."""
        with self._lock:
            if lane > self._front:
                self._held[lane].append(job)
            elif job.has_run:
                self.clear()
                _print(job)

    def end(self, lane: int) -> None:
        """Take notice that a lane ended; show what the next ones had meanwhile."""
        with self._lock:
            self._ended.add(lane)
            while self._front in self._ended:
                self._front += 1
                for job in self._held.pop(self._front, ()):
                    self.show(self._front, job)


def summary(made: list[tuple[float, str]], kept: int, seconds: float) -> list[str]:
    """Return what a build compiled in one line, and the slowest units in more.

    Takes the seconds and the source of each unit that was compiled.
    """
    units = len(made) + kept
    count = "1 unit" if units == 1 else f"{units} units"
    lines = [f"{count}, {kept} reused, {seconds:.1f} s"]
    slowest = sorted(made, reverse=True)[:_SLOWEST]
    return [*lines, *(f"{took:.2f} s for {source}" for took, source in slowest)]


def _print(job: Job) -> None:
    logging.getLogger().info("%s", subprocess.list2cmdline(job.words))
    sys.stdout.flush()
    if not job.output:
        return
    # As a compiler writes it, whatever encoding that is.
    stream = getattr(sys.stderr, "buffer", None)
    if stream is None:
        sys.stderr.write(job.output.decode("utf-8", "replace"))
    else:
        sys.stderr.flush()
        stream.write(job.output)
    sys.stderr.flush()
