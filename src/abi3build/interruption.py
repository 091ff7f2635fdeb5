"""Let SIGTERM end a piece of work as Ctrl-C does, so that it can clean up."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["terminated_as_interrupted"]


@contextlib.contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` in the block on SIGTERM.

    CI services, ``timeout`` and containers send it; by itself it ends Python at once,
    with temporary folders and half a set of wheels left behind.  Outside of the main
    thread signals are left alone: https://docs.python.org/3/library/signal.html
    """
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
