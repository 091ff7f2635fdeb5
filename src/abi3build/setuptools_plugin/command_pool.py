"""Run the programs of a build in parallel, each one's output complete and in order.

Only programs run at the same time.  The Python code of setuptools, of the project and
of other plugins runs in one thread at a time, in the order of a build without a pool,
so that what it keeps in a compiler or writes for a later step is never mixed up.  A
thread passes its turn on when it waits for programs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from abi3build.errors import Abi3BuildError
from abi3build.interruption import terminated_as_interrupted
from abi3build.setuptools_plugin.build_screen import BuildScreen
from abi3build.setuptools_plugin.compiler_scratch import CompilerScratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from abi3build.setuptools_plugin.build_screen import Job, Program
    from abi3build.setuptools_plugin.jobserver import JobTokens
    from abi3build.setuptools_plugin.watching import FailedCommand

__all__ = ["BuildStoppedError", "CommandPool", "Lane"]

_SECONDS_TO_END = 3.0
"""How long a program that is asked to end may take until it is killed."""


class BuildStoppedError(Abi3BuildError):
    """Report that a command was not started because something else failed."""


@dataclass
class Lane:
    """Describe the commands of one extension that have not been waited for."""

    index: int = 0
    units: int = 0
    """How many are expected, as long as it has not begun."""

    ends_build: bool = False
    """True if a command that fails ends the whole build."""

    folder: str = ""
    """The folder below the build's own in which its objects lie; empty for none."""

    puts_off: bool = False
    """True while its compiles are collected."""

    has_failed: bool = False
    failed: list[FailedCommand] = field(default_factory=list)
    """In their order."""

    pending: list[tuple[Job, Future[None]]] = field(default_factory=list)

    has_sources: threading.Event = field(default_factory=threading.Event)
    """Set when all its sources are there: its first command is put off, or it ends."""


class CommandPool:
    """Run up to a number of commands at once, for one lane or for many."""

    def __init__(
        self,
        workers: int,
        environ: Mapping[str, str],
        tokens: JobTokens | None = None,
    ) -> None:
        """Take the environment of the programs, and make's jobserver if it exists."""
        self.workers = workers
        self._tokens = tokens
        self._environ = environ
        self._executor = ThreadPoolExecutor(workers)
        # Only its owner can hand it on, whenever a signal comes.
        self._turn = threading.RLock()
        self._starting = threading.Lock()
        self._running: set[Program] = set()
        self._is_ending = self._is_interrupted = False
        self._here = threading.local()
        self._lane = Lane()
        self._lanes: Sequence[Lane] = ()
        self._screen = BuildScreen()
        self._scratch = CompilerScratch()

    @property
    def lane(self) -> Lane:
        """Return the lane of this thread."""
        found: Lane = getattr(self._here, "lane", self._lane)
        return found

    def put_off(self, job: Job) -> None:
        """Start a command as soon as a worker is free; ``settle`` waits for it."""
        lane = self.lane
        if job.words:
            self._wait_for_sources(lane)
        self._screen.count(job)
        future = self._executor.submit(self._run, job, lane)
        lane.pending.append((job, future))

    def _wait_for_sources(self, lane: Lane) -> None:
        """Wait until earlier lanes have their sources, which may include headers."""
        if not lane.has_sources.is_set():
            earlier = self._lanes[: lane.index]
            if not all(each.has_sources.is_set() for each in earlier):
                with self.paused():
                    for each in earlier:
                        each.has_sources.wait()
            lane.has_sources.set()

    def settle(self) -> list[Job]:
        """Wait for all commands of this lane, show them, and return those that failed.

        Raise ``BuildStoppedError`` if some were not started because another lane
        failed.
        """
        lane = self.lane
        pending, lane.pending = lane.pending, []
        # Of a command that was interrupted there is no cause to find.
        with self.paused():
            for job, future in pending:
                future.result()
                self._screen.show(lane.index, job)
        failed = [job for job, _ in pending if job.error]
        lane.has_failed = False
        if not failed and not all(job.has_run for job, _ in pending):
            raise _stopped()
        return failed

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let other threads have their turn inside the block.

        Raise ``BuildStoppedError`` if the pool has ended when the turn comes back,
        because nothing would wait for the programs that are started then.
        """
        try:
            self._turn.release()
            yield
        finally:
            self._turn.acquire()
        self._expect_open()

    def _expect_open(self) -> None:
        if self._is_interrupted:
            raise _stopped()

    @contextmanager
    def open(self) -> Iterator[CommandPool]:
        """Hold a turn inside the block; leave nothing running, however it ends."""
        with terminated_as_interrupted(), self._turn:
            try:
                yield self
            except BaseException:
                self._end_all()
                raise
            finally:
                self._executor.shutdown(wait=True)
                self._scratch.remove()
                self._screen.close()
                if self._tokens is not None:
                    self._tokens.close()

    def run_lanes(
        self, tasks: Sequence[Callable[[], None]], lanes: Sequence[Lane]
    ) -> list[BaseException | None]:
        """Run tasks in parallel, started in their order; return how each one ended."""
        ended: list[BaseException | None] = [None] * len(tasks)
        slots = threading.Semaphore(2 * self.workers + 2)
        threads = []
        self._lanes = lanes
        self._screen.expect(sum(lane.units for lane in lanes))

        def work(index: int, begun: threading.Event) -> None:
            """Run one task in its lane when it has its turn."""
            self._here.lane = lanes[index]
            with self._turn:
                begun.set()
                self._screen.expect(-lanes[index].units)
                try:
                    self._expect_open()
                    tasks[index]()
                except BaseException as fault:  # noqa: BLE001 - raised where all are known
                    ended[index] = fault
                    self._is_ending |= lanes[index].ends_build
            lanes[index].has_sources.set()
            self._screen.end(index)
            slots.release()

        with self.paused():
            for index in range(len(tasks)):
                slots.acquire()
                if self._is_ending:
                    ended[index] = _stopped()
                    lanes[index].has_sources.set()
                    slots.release()
                    continue
                begun = threading.Event()
                thread = threading.Thread(target=work, args=(index, begun), daemon=True)
                thread.start()
                threads.append(thread)
                # The next one must not have its first turn before this one.
                begun.wait()
            for thread in threads:
                thread.join()
        return ended

    def _run(self, job: Job, lane: Lane) -> None:
        """Run one command when make allows it, unless something failed before."""
        with nullcontext() if self._tokens is None else self._tokens.one():
            self._run_now(job, lane)

    def _run_now(self, job: Job, lane: Lane) -> None:
        began = time.monotonic()
        with tempfile.TemporaryFile() as stream:
            # A file: a server that a compiler wrapper leaves would keep a pipe open.
            try:
                with self._starting:
                    if self._is_ending or lane.has_failed:
                        return
                    job.has_run = True
                    process = self._start(job, stream.fileno())
                    self._running.add(process)
            except OSError as fault:
                job.error = f"command {job.words[0]!r} failed: {fault.args[-1]}"
            else:
                self._screen.begin(job)
                status = process.wait()
                self._running.discard(process)
                if status:
                    name = job.words[0] if job.words else job.makes
                    job.error = f"command {name!r} failed with exit code {status}"
            if job.error:
                lane.has_failed = True
                self._is_ending |= lane.ends_build
            stream.seek(0)
            said = stream.read()
            self._scratch.heed(said)
            job.output += said
        if not job.error:
            job.finish(time.monotonic() - began, job.output)
        self._screen.done(job)

    def _start(self, job: Job, stream: int) -> Program:
        if job.start is not None:
            return job.start()
        # A group of its own, so that all that a compiler's driver starts ends with it.
        return subprocess.Popen(
            job.words,
            env=self._scratch.environment(job.words, self._environ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )

    def _end_all(self) -> None:
        """Start nothing more, and end what runs."""
        with self._starting:
            self._is_ending = self._is_interrupted = True
            running = list(self._running)
        for process in running:
            _send(process, signal.SIGTERM)
        limit = time.monotonic() + _SECONDS_TO_END
        for process in running:
            while process.poll() is None and time.monotonic() < limit:
                time.sleep(0.02)
            if process.poll() is None and sys.platform != "win32":
                _send(process, signal.SIGKILL)


def _stopped() -> BuildStoppedError:
    return BuildStoppedError("stopped, because the build is ending")


def _send(process: Program, number: signal.Signals) -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, number)
