"""Work that is abandoned when its time is over, wherever it hangs."""

from __future__ import annotations

import threading
import time
from typing import Callable, Generic, TypeVar

__all__ = ["Deadline", "LateError"]

_Made = TypeVar("_Made")


class LateError(Exception):
    """Say that the time is over."""


class Deadline:
    """Say when the time for some work is over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Tell whether the time is over."""
        return time.monotonic() > self._end

    def run(self, act: Callable[[], _Made]) -> _Made:
        """Return what ``act`` returns; raise what it raises, or ``LateError``.

        The limits of sockets apply to each silence separately, and looking up a name
        has no limit, so the work is done by a separate thread.  One that is late is
        left behind, and ends with the process at the latest.
        """
        task = _Task(act)
        threading.Thread(target=task, daemon=True).start()
        if not task.ended.wait(max(self._end - time.monotonic(), 0)):
            raise LateError
        return task.result()


class _Task(Generic[_Made]):
    """Keep the result of some work until another thread asks for it."""

    def __init__(self, act: Callable[[], _Made]) -> None:
        self._act = act
        self._made: list[_Made] = []
        self._fault: BaseException | None = None
        self.ended = threading.Event()

    def __call__(self) -> None:
        """Do the work."""
        try:
            self._made.append(self._act())
        except BaseException as fault:  # noqa: BLE001 - raised again by result()
            self._fault = fault
        finally:
            self.ended.set()

    def result(self) -> _Made:
        """Return what was made, or raise what was raised."""
        fault, self._fault = self._fault, None
        if fault is None:
            return self._made[0]
        try:
            raise fault
        finally:
            # Its traceback leads back here, and would keep connections open.
            del fault
