"""Run many trials side by side, and end all of them at once when interrupted."""

from __future__ import annotations

import contextlib
import signal
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from abi3build.light_typing import TYPE_CHECKING
from abi3build.trials.judging import judge
from abi3build.trials.processes import Processes
from abi3build.trials.running import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from abi3build.trials.choosing import Trial
    from abi3build.trials.judging import Outcome
    from abi3build.trials.running import Work

__all__ = ["try_all"]


def try_all(
    pairs: Sequence[tuple[Trial, Work]], jobs: int, done: Callable[[], None]
) -> list[Outcome]:
    """Judge each trial of some work, so many at once; give outcomes in their order.

    ``done`` is called for each trial that has ended.  SIGTERM counts as an
    interruption here, or it would leave processes and folders behind.
    """
    processes = Processes()
    with _terminated_as_interrupted(), ThreadPoolExecutor(max(1, jobs)) as executor:
        futures = [
            executor.submit(_try_one, trial, work, processes) for trial, work in pairs
        ]
        try:
            for _ in as_completed(futures):
                done()
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            processes.stop()
            raise


def _try_one(trial: Trial, work: Work, processes: Processes) -> Outcome:
    return judge(trial, work, observe(trial, work, processes))


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
