"""Where an image's machine code lies, and through which places it reaches outside.

Only who follows the machine code itself asks for this; no audit needs it otherwise.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

__all__ = ["CodePlaces"]


class CodePlaces(NamedTuple):
    """Say where functions begin, and which places the loader fills in with what.

    All addresses are those of the image's ``Memory``.
    """

    slots: dict[int, str]
    """By the address of a pointer that the loader fills in, the symbol it leads to,
    without the platform's decoration."""

    stubs: dict[int, str]
    """By the address of code that only jumps on, the symbol, if the format says it."""

    starts: tuple[int, ...]
    """Where the tables for unwinding and the symbols say that functions begin; sorted.
    Empty if the file does not say."""

    names: dict[int, str]
    """By address, the names of functions that are left in symbol tables."""

    def end(self, start: int, limit: int) -> int:
        """Return where the function that begins at an address ends at the latest."""
        behind = self.next_start(start)
        return start + limit if behind is None else min(behind, start + limit)

    def next_start(self, address: int) -> int | None:
        """Return where the first function behind an address begins, if it is known."""
        index = bisect_right(self.starts, address)
        return self.starts[index] if index < len(self.starts) else None

    def start(self, address: int) -> int | None:
        """Return where the function begins that an address is in, if that is known."""
        index = bisect_right(self.starts, address)
        return self.starts[index - 1] if index else None
