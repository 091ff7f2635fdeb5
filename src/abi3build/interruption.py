"""Make SIGTERM end work in the same way as Ctrl-C, with an undisturbed clean-up."""

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
    """Raise ``KeyboardInterrupt`` in the block on SIGTERM or SIGINT, once.

    CI services, ``timeout`` and containers send SIGTERM, which by default ends Python
    at once and leaves temporary folders and half a set of wheels behind.  A second
    signal of either kind is ignored until the outermost block has been left: people
    press Ctrl-C twice, and ``timeout`` forwards a signal that its process group has
    received too.

    Outside the main thread, signals are left alone.  So is a SIGINT that is ignored:
    https://docs.python.org/3/library/signal.html
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _interrupt):
        numbers.append(signal.SIGINT)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        is_ending = signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        for number, handler in before.items():
            if not (is_ending and handler is _interrupt):
                signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
