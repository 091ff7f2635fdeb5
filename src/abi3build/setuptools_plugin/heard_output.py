"""Capture what programs print to this process's own outputs, and still show it.

distutils starts compilers with its own standard outputs.  They can only be captured at
the file descriptors, whatever class of a project is in between.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["Heard", "hearing"]

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_listening = threading.Lock()


@dataclass
class Heard:
    """Hold what was captured, once the context is closed."""

    output: bytes = b""


@contextmanager
def hearing(*, microsoft: bool = False) -> Iterator[Heard]:
    """Capture the output of programs that are started inside, and show it afterwards.

    Compilers warn on standard error, Microsoft's on standard output.  Nothing is
    captured in a process without these streams, or within another such context, because
    the streams belong to the whole process.
    """
    heard = Heard()
    if not _listening.acquire(blocking=False):
        yield heard
        return
    try:
        yield from _redirected(
            heard, _STANDARD_OUTPUT if microsoft else _STANDARD_ERROR
        )
    finally:
        _listening.release()


def _redirected(heard: Heard, number: int) -> Iterator[Heard]:
    try:
        saved = os.dup(number)
    except OSError:
        yield heard
        return
    _flush()
    try:
        with tempfile.TemporaryFile() as file:
            os.dup2(file.fileno(), number)
            try:
                yield heard
            finally:
                _flush()
                os.dup2(saved, number)
                heard.output = _shown(file, number)
    finally:
        os.close(saved)


def _shown(file: BinaryIO, number: int) -> bytes:
    """Write the content of a file to a descriptor, and return it."""
    file.seek(0)
    data = file.read()
    left = memoryview(data)
    with suppress(OSError):
        while left:
            left = left[os.write(number, left) :]
    return data


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A process without a console has none, and a caller may have closed them.
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
