"""What a build with several commands at once prints: output, progress, a summary."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BuildScreen", "Job", "Program", "summary"]

_SECONDS_BEFORE_PROGRESS = 2.0
_SECONDS_BETWEEN = 1.0
_CLEAR = "\r\033[K"
_SLOWEST = 5


class Program(Protocol):
    """Describe a running program, such as a ``subprocess.Popen``."""

    @property
    def pid(self) -> int:
        """Return the process that leads the program's group."""

    def poll(self) -> int | None:
        """Return the exit status; None while the program runs."""

    def terminate(self) -> None:
        """Terminate the program."""

    def wait(self) -> int:
        """Wait for the end, and return the exit status."""


@dataclass
class Job:
    """Describe one command and how it ended."""

    words: list[str]
    """Empty if it is no command, and ``start`` does what is to be done."""

    finish: Callable[[float, bytes], None] = lambda _, __: None
    """What is to be done as soon as it succeeded; takes the seconds that it ran, and
    what it said."""

    makes: str = ""
    """The object that a compile makes, absolute; empty for other commands."""

    output: bytes = b""
    error: str = ""
    """Why it failed, in the words of distutils; empty if it did not."""

    has_run: bool = False

    start: Callable[[], Program] | None = None
    said: str = ""
    """What is for standard output, if it is no command."""


class BuildScreen:
    """Show the output of the first lane at once, and that of the others in turn."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._front = 0
        self._held: dict[int, list[Job]] = defaultdict(list)
        self._ended: set[int] = set()
        self._began = time.monotonic()
        self._all = self._done = 0
        self._running: dict[int, tuple[float, str]] = {}
        self._has_progress = False
        self._is_closed = threading.Event()
        self._ticker: threading.Thread | None = None

    def expect(self, units: int) -> None:
        """Add units to the expected number, or subtract them once it is known."""
        with self._lock:
            self._all += units

    def count(self, job: Job) -> None:
        """Count a compile that will follow."""
        with self._lock:
            self._all += bool(job.makes)

    def begin(self, job: Job) -> None:
        """Register a compile that begins."""
        if not job.makes:
            return
        with self._lock:
            self._running[id(job)] = (time.monotonic(), Path(job.makes).stem)
            if self._ticker is None and _can_redraw():
                self._ticker = threading.Thread(target=self._tick, daemon=True)
                self._ticker.start()

    def done(self, job: Job) -> None:
        """Register a command that ended."""
        if job.makes:
            with self._lock:
                self._running.pop(id(job), None)
                self._done += 1

    def _tick(self) -> None:
        """Redraw the line of progress every second, if the build takes that long."""
        wait = _SECONDS_BEFORE_PROGRESS
        while not self._is_closed.wait(wait):
            wait = _SECONDS_BETWEEN
            with self._lock:
                began, longest = min(self._running.values(), default=(0.0, ""))
                if longest and not self._is_closed.is_set():
                    now = time.monotonic()
                    line = f"[{self._done}/{self._all}] {now - self._began:.0f} s"
                    line += f", {longest} for {now - began:.0f} s"
                    columns = shutil.get_terminal_size().columns
                    sys.stderr.write(_CLEAR + line[: columns - 1])
                    sys.stderr.flush()
                    self._has_progress = True

    def close(self) -> None:
        """Remove the line of progress for good."""
        self._is_closed.set()
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._has_progress:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._has_progress = False

    def show(self, lane: int, job: Job) -> None:
        """Show a command and all its output as soon as its lane comes first."""
        with self._lock:
            if lane > self._front:
                self._held[lane].append(job)
            elif job.has_run:
                self._clear()
                _print(job)

    def end(self, lane: int) -> None:
        """Register that a lane ended; show the output of the lanes that follow it."""
        with self._lock:
            self._ended.add(lane)
            while self._front in self._ended:
                self._front += 1
                for job in self._held.pop(self._front, ()):
                    self.show(self._front, job)


def summary(made: list[tuple[float, str]], kept: int, seconds: float) -> list[str]:
    """Return a line about what was compiled, and more lines for the slowest units.

    Takes the seconds and the source of each unit that was compiled.
    """
    units = len(made) + kept
    count = "1 unit" if units == 1 else f"{units} units"
    lines = [f"{count}, {kept} reused, {seconds:.1f} s"]
    slowest = sorted(made, reverse=True)[:_SLOWEST]
    return [*lines, *(f"{took:.2f} s for {source}" for took, source in slowest)]


def _can_redraw() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _print(job: Job) -> None:
    if job.words:
        logging.getLogger().info("%s", subprocess.list2cmdline(job.words))
    sys.stdout.write(job.said)
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
