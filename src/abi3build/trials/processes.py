"""Run commands as groups of processes, none of which exceeds its time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abi3build.trials.orphans import Orphans

__all__ = ["Ended", "Processes", "StoppedError"]

_LONGEST_OUTPUT = 1 << 16
"""In bytes; of more than that the end is kept."""

_MARK = "ABI3_TRIAL_MARK"
"""A variable by which the processes below a command are known."""

_SECONDS_FOR_LAST_WORDS = 5.0
_LAST_LINES = 3
_ERRORS = ("abi3build: error:", "ERROR: ")
"""How the lines of pip and of abi3build begin that say what went wrong."""


class StoppedError(Exception):
    """Say that no further command is run."""


@dataclass(frozen=True)
class Ended:
    """Describe how a command ended."""

    status: int | None
    """As ``subprocess.Popen.returncode``; None if its time was over."""

    output: str = ""
    """The end of both of its outputs."""

    @property
    def last_words(self) -> str:
        """Return its last lines as one, or the errors of abi3build or of pip."""
        found = (line.strip() for line in self.output.splitlines())
        # The package build shows what pip says behind this mark.
        lines = [line.removeprefix("< ") for line in found if line]
        of_tools = (
            [line for line in lines if line.startswith(beginning)]
            for beginning in _ERRORS
        )
        shown = next(filter(None, of_tools), lines)
        return " / ".join(shown[-_LAST_LINES:]) or "no output"


class Processes:
    """Start commands from several threads, and end all of them at once if necessary."""

    def __init__(self, orphans: Orphans | None = None) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._orphans = orphans
        self._stopped = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environ: Mapping[str, str],
        seconds: float,
    ) -> Ended:
        """Run a command and everything that it starts, for a limited number of seconds.

        Raise ``StoppedError`` if ``stop`` was called, ``OSError`` if there is no such
        command.
        """
        with self._started(command, folder, environ) as (process, output):
            try:
                status: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
        if self._stopped:
            raise StoppedError
        return Ended(status, output.text())

    def stop(self) -> None:
        """End every command that runs and let none start any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _end_group(process)

    @contextlib.contextmanager
    def _started(
        self, command: Sequence[str | Path], folder: Path, environ: Mapping[str, str]
    ) -> Iterator[tuple[subprocess.Popen[bytes], _Output]]:
        mark = uuid.uuid4().hex
        with self._lock:
            if self._stopped:
                raise StoppedError
            process = subprocess.Popen(
                [os.fspath(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**environ, _MARK: mark},
                # A group of its own, so that what it starts can be ended with it.
                start_new_session=True,
            )
            self._running.add(process)
        output = _Output(process)
        try:
            yield process, output
        finally:
            _end_group(process)
            process.wait()
            self._forget(process, mark)
            output.finish()

    def _forget(self, process: subprocess.Popen[bytes], mark: str) -> None:
        # Locked, so that nothing is started while children are told from orphans.
        with self._lock:
            if self._orphans is not None:
                own = {each.pid for each in self._running}
                self._orphans.end(own, mark.encode())
            self._running.discard(process)


class _Output(threading.Thread):
    """Read what a command writes, as long as it likes, and keep the end of it.

    A file would grow without a limit.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        # mypy does not know that it was asked for.
        self._stream: IO[bytes] = process.stdout  # type: ignore[assignment]
        self._end = b""
        self.start()

    def run(self) -> None:
        """Read to the end, or to what a process in another session keeps open."""
        with self._stream:
            while data := os.read(self._stream.fileno(), _LONGEST_OUTPUT):
                self._end = (self._end + data)[-_LONGEST_OUTPUT:]

    def finish(self) -> None:
        """Wait for the end, but not for a process that lives on."""
        self.join(_SECONDS_FOR_LAST_WORDS)

    def text(self) -> str:
        """Return the end of what was written."""
        return self._end.decode("utf-8", "backslashreplace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started; some may live on after the first has ended."""
    if sys.platform == "win32":
        # https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill
        folder = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32")
        command = [folder / "taskkill.exe", "/F", "/T", "/PID", str(process.pid)]
        if process.poll() is None:
            subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
