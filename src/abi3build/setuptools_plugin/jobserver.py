"""Share make's jobs: a build that make started runs no more programs than it allows.

make writes a byte for each job that may still be started into a pipe.  A process takes
a byte for each job but its first, and puts it back when that job has ended.
https://www.gnu.org/software/make/manual/html_node/POSIX-Jobserver.html
"""

from __future__ import annotations

import logging
import os
import re
import select
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["JobTokens", "find_jobserver"]

_OPTION = re.compile(r"--jobserver-(?:auth|fds)=(?:fifo:(?P<path>\S+)|(?P<ends>\S+))")
"""``fds`` until make 4.1, and ``fifo:`` from 4.4 on."""

_ENDS = re.compile(r"([0-9]{1,9}),([0-9]{1,9})")


class JobTokens:
    """Hold the two ends of a jobserver's pipe, and the one job that needs no token."""

    def __init__(self, reader: int, writer: int) -> None:
        """Take descriptors, which are closed at the end."""
        self._reader, self._writer = reader, writer
        # The same as make's, so that waiting for the one is waiting for both.
        self._own_reader, self._own_writer = os.pipe()
        os.set_blocking(self._own_reader, False)
        os.write(self._own_writer, b"+")

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a token in the block; wait at most until a job of this build ends."""
        token, writer = self._take()
        try:
            yield
        finally:
            os.write(writer, token)

    def close(self) -> None:
        """Close this build's own descriptors; all tokens must be returned by then."""
        for descriptor in {
            self._reader,
            self._writer,
            self._own_reader,
            self._own_writer,
        }:
            os.close(descriptor)

    def _take(self) -> tuple[bytes, int]:
        ends = {self._own_reader: self._own_writer, self._reader: self._writer}
        waiting = select.poll()
        for reader in ends:
            waiting.register(reader, select.POLLIN)
        while True:
            ready = {reader for reader, _ in waiting.poll()}
            for reader, writer in ends.items():
                # Another process may have been faster.
                with suppress(BlockingIOError):
                    token = os.read(reader, 1) if reader in ready else b""
                    if token:
                        return token, writer


def find_jobserver(environ: Mapping[str, str]) -> JobTokens | None:
    """Return the jobserver of the make that started this process; None without one.

    Descriptors that were closed in between are ignored, as by make itself.
    """
    found = list(_OPTION.finditer(environ.get("MAKEFLAGS", "")))
    if not found or os.name != "posix":
        return None
    path, ends = found[-1]["path"], found[-1]["ends"]
    try:
        tokens = _open_fifo(path) if path else _open_pipe(ends)
    except OSError:
        tokens = None
    if tokens is None:
        text = "make's jobserver cannot be reached from here: %s"
        logging.getLogger().debug(text, found[-1][0])
    return tokens


def _open_fifo(path: str) -> JobTokens | None:
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return JobTokens(descriptor, descriptor)


def _open_pipe(ends: str) -> JobTokens | None:
    match = _ENDS.fullmatch(ends)
    if match is None:
        return None
    reader, writer = int(match[1]), int(match[2])
    states = os.fstat(reader), os.fstat(writer)
    if not all(stat.S_ISFIFO(state.st_mode) for state in states):
        return None
    if len({(state.st_dev, state.st_ino) for state in states}) > 1:
        # The numbers are those of other files by now.
        return None
    return JobTokens(_unblocked(reader), os.dup(writer))


def _unblocked(reader: int) -> int:
    """Return another descriptor of a pipe that does not block, if there is one.

    The mode of make's own descriptor is shared by all processes that use it.
    """
    with suppress(OSError):
        return os.open(f"/proc/self/fd/{reader}", os.O_RDONLY | os.O_NONBLOCK)
    return os.dup(reader)
