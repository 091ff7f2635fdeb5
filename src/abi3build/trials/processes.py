"""Run commands as groups of processes of which none outlives its time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Ended", "Processes", "StoppedError"]

_LONGEST_OUTPUT = 1 << 16
"""In bytes; of more than that the end is kept."""


class StoppedError(Exception):
    """Say that no further command is run."""


@dataclass(frozen=True)
class Ended:
    """Hold how a command ended."""

    status: int | None
    """As ``subprocess.Popen.returncode``; None where its time was over."""

    output: str = ""
    """The end of both of its outputs."""


class Processes:
    """Start commands from several threads and end all of them at once if need be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environ: Mapping[str, str],
        seconds: float,
    ) -> Ended:
        """Run a command and whatever it starts for so many seconds at most.

        Raise ``StoppedError`` where ``stop`` was called, ``OSError`` where there is no
        such command.
        """
        with tempfile.TemporaryFile() as output:
            with self._started(command, output, folder, environ) as process:
                try:
                    status: int | None = process.wait(seconds)
                except subprocess.TimeoutExpired:
                    status = None
            if self._stopped:
                raise StoppedError
            return Ended(status, _end_of(output))

    def stop(self) -> None:
        """End every command that runs and let none start any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _end_group(process)

    @contextlib.contextmanager
    def _started(
        self,
        command: Sequence[str | Path],
        output: IO[bytes],
        folder: Path,
        environ: Mapping[str, str],
    ) -> Iterator[subprocess.Popen[bytes]]:
        with self._lock:
            if self._stopped:
                raise StoppedError
            process = subprocess.Popen(
                [os.fspath(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environ),
                # A group of its own, so that what it starts can be ended with it.
                start_new_session=True,
            )
            self._running.add(process)
        try:
            yield process
        finally:
            _end_group(process)
            process.wait()
            with self._lock:
                self._running.discard(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started; some may live on after the first has ended."""
    if sys.platform == "win32":
        # https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        if process.poll() is None:
            subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _end_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _LONGEST_OUTPUT))
    return output.read().decode("utf-8", "backslashreplace")
