"""How far a long command is: one line on a terminal, nothing anywhere else."""

from __future__ import annotations

import sys

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["Progress"]


class Progress:
    """Count finished inputs on standard error and wipe the line at the end."""

    def __init__(
        self, total: int, stream: TextIO | None = None, done: str = "audited"
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._total = total
        self._done = done
        self._finished = 0
        self._width = 0
        self._shown = total > 1 and self._stream.isatty()

    def advance(self) -> None:
        """Count one input more."""
        self._finished += 1
        self._show(f"abi3build: {self._finished} of {self._total} {self._done}")

    def finish(self) -> None:
        """Leave no trace of the line."""
        self._show("")

    def _show(self, text: str) -> None:
        if not self._shown:
            return
        # Spaces, for consoles that know no escape sequence.
        self._stream.write(f"\r{text:<{self._width}}" + ("" if text else "\r"))
        self._stream.flush()
        self._width = len(text)
