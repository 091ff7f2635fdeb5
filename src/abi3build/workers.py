"""Apply a function to many inputs in several processes; keep the inputs' order."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Generic, TypeVar

from abi3build.interruption import terminated_as_interrupted
from abi3build.processors import processors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

__all__ = ["PRELOADED", "WorkerLostError", "default_jobs", "in_order"]

PRELOADED = "abi3build.audit.audit_input"
"""What the process that workers are forked from loads; a wrong name is ignored."""

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

_BYTES_WORTH_A_PROCESS = 32 * 1024 * 1024
"""Below, a second one gained nothing on two cores: ``benchmarks/audit_jobs.py``."""


class WorkerLostError(Exception):
    """Report that the process that worked on an input ended without a result."""


def default_jobs(sizes: Sequence[int]) -> int:
    """Return how many workers are worthwhile for inputs of these sizes, in bytes."""
    worth = 1 + sum(sizes) // _BYTES_WORTH_A_PROCESS
    return max(1, min(processors(), len(sizes), worth))


def in_order(
    function: Callable[[_Given], _Made],
    inputs: Sequence[_Given],
    jobs: int,
    done: Callable[[], None],
) -> Iterator[_Made | WorkerLostError]:
    """Return the function's result for each input, in the inputs' order.

    With one job or one input, everything happens in this process.  Otherwise the
    function, inputs and results must be importable and picklable.  ``done`` is called
    once for each input that is finished, in any order.
    """
    if min(jobs, len(inputs)) <= 1:
        for each in inputs:
            yield function(each)
            done()
        return
    # SIGTERM alone would leave the folder and the semaphores of multiprocessing behind.
    with terminated_as_interrupted():
        yield from _Crew(function, inputs, done).results(min(jobs, len(inputs)))


class _Crew(Generic[_Given, _Made]):
    """Run one process per worker, so that it is known which input a lost one had.

    If a pool shared its processes, one that dies would fail every input in progress.
    """

    def __init__(
        self,
        function: Callable[[_Given], _Made],
        inputs: Sequence[_Given],
        done: Callable[[], None],
    ) -> None:
        self._function = function
        self._inputs = inputs
        self._done = done
        self._waiting = iter(range(len(inputs)))
        self._running: dict[Future[_Made], tuple[int, ProcessPoolExecutor]] = {}
        self._context = _context()

    def results(self, jobs: int) -> Iterator[_Made | WorkerLostError]:
        """Return the result for each input, in the inputs' order."""
        made: dict[int, _Made | WorkerLostError] = {}
        try:
            for _ in range(jobs):
                self._start(self._new_worker())
            for index in range(len(self._inputs)):
                while index not in made:
                    made.update(self._finish_some())
                yield made.pop(index)
        finally:
            for _, worker in self._running.values():
                _end(worker)

    def _new_worker(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=self._context)

    def _start(self, worker: ProcessPoolExecutor) -> None:
        index = next(self._waiting, None)
        if index is None:
            worker.shutdown(wait=False)
            return
        with _interrupts_held():
            try:
                future = worker.submit(self._function, self._inputs[index])
            except BrokenProcessPool:
                # It died while it had nothing to do.
                worker = self._new_worker()
                future = worker.submit(self._function, self._inputs[index])
        self._running[future] = index, worker

    def _finish_some(self) -> dict[int, _Made | WorkerLostError]:
        finished: dict[int, _Made | WorkerLostError] = {}
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            index, worker = self._running.pop(future)
            try:
                finished[index] = future.result()
            except BrokenProcessPool:
                finished[index] = WorkerLostError()
                worker.shutdown(wait=False)
                worker = self._new_worker()
            self._done()
            self._start(worker)
        return finished


def _end(worker: ProcessPoolExecutor) -> None:
    """End a worker that is still working, because its result is no longer needed."""
    # Executor.terminate_workers is new in 3.14.
    processes = dict(worker._processes or {})  # noqa: SLF001 - see above
    for process in processes.values():
        process.terminate()
    worker.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes in the block so that they never receive Ctrl-C.

    Each would end with a traceback; this process ends them instead.  A signal mask is
    inherited, and signals that arrive in the block are delivered after it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> BaseContext:
    # Workers must not be forked from a process that has threads, as executors have.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context
