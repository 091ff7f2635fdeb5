"""Processes that translate Cython's sources for one build, and their requests."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from typing import Any

from abi3build.setuptools_plugin.build_screen import Job
from abi3build.setuptools_plugin.cython_worker import (
    TranslationAnswer,
    TranslationRequest,
    cython_settings,
)

__all__ = ["CythonCrew"]

_SERVE = """\
import sys
sys.path[:] = {path!r}
from abi3build.setuptools_plugin.cython_worker import serve
serve()
"""


class CythonCrew:
    """Manage as many processes as there are translations at once."""

    def __init__(self) -> None:
        """Collect what the project has set for all translations."""
        self._settings = cython_settings()
        self._lock = threading.Lock()
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: list[subprocess.Popen[bytes]] = []
        self.trouble = ""
        """Why they are of no use; empty if they are."""

    def reason(self) -> str:
        """Return why a translation failed without a result."""
        return self.trouble or "it failed in a process of its own"

    def request(self, arguments: tuple[Any, ...]) -> TranslationRequest | None:
        """Return the request for one source; None if it cannot be sent to a process."""
        try:
            pickled = pickle.dumps(arguments)
        except Exception:  # noqa: BLE001 - whatever a project gave Cython
            return None
        folder, limit = os.getcwd(), sys.getrecursionlimit()
        return TranslationRequest(pickled, folder, self._settings, limit)

    def translation(self, request: TranslationRequest, makes: str) -> Translation:
        """Return the translation that writes a file, in the form that the pool runs."""
        return Translation(self, request, makes)

    def take(self) -> subprocess.Popen[bytes]:
        """Return a process that is idle."""
        with self._lock:
            if not self._idle:
                self._idle.append(_begin_worker())
                self._all += self._idle
            return self._idle.pop()

    def ask(
        self, worker: subprocess.Popen[bytes], request: TranslationRequest
    ) -> TranslationAnswer:
        """Return what a process answers; nothing is known if something ended it."""
        assert worker.stdin is not None  # noqa: S101 - see _begin_worker
        assert worker.stdout is not None  # noqa: S101 - the same
        try:
            pickle.dump(request, worker.stdin)
            worker.stdin.flush()
            answer: TranslationAnswer = pickle.load(worker.stdout)  # noqa: S301 - ours
        except (OSError, EOFError, pickle.UnpicklingError):
            # What is lost here is not lost for good: it is done in this process again.
            self.trouble = self.trouble or "a process for it ended early"
            return TranslationAnswer()
        if answer.unlike:
            self.trouble = f"the project has set {answer.unlike}"
        with self._lock:
            self._idle.append(worker)
        return answer

    def dismiss(self) -> None:
        """End all processes, and abandon what they have not finished."""
        for worker in self._all:
            worker.kill()
            worker.communicate()


class Translation:
    """Present one translation to the pool as if it were a program."""

    def __init__(
        self, crew: CythonCrew, request: TranslationRequest, makes: str
    ) -> None:
        """Take the absolute path of the file that Cython is to write."""
        self.answer = TranslationAnswer()
        self.job = Job([], makes=makes, start=self._start)
        self._crew = crew
        self._request = request

    def _start(self) -> Translation:
        self._worker = self._crew.take()
        self._status: int | None = None
        return self

    @property
    def pid(self) -> int:
        """Return the process that translates, which leads its group."""
        return self._worker.pid

    def poll(self) -> int | None:
        """Return the exit status; None while the translation runs."""
        return self._status

    def terminate(self) -> None:
        """End the process that translates."""
        self._worker.terminate()

    def wait(self) -> int:
        """Return 1 if the source has errors, else 0; keep what Cython printed."""
        self.answer = answer = self._crew.ask(self._worker, self._request)
        if answer.is_done or answer.is_refused:
            self.job.said = answer.output
            self.job.output = answer.errors.encode("utf-8", "backslashreplace")
        self._status = int(answer.is_refused)
        return self._status


def _begin_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _SERVE.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=os.name == "posix",
    )
