"""Choose who inflates a wheel: ``zlib``, or Intel's ISA-L where it is installed.

ISA-L takes half of the time, on x86_64 and arm64; ``pip install 'abi3build[speed]'``
brings it.  What an audit finds is the same.
"""

from __future__ import annotations

import zlib

from abi3build.light_typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing import Callable

__all__ = ["PLAIN", "Inflater", "Inflating", "inflater_for"]

_WORTH_LOADING = 1 << 20
"""In bytes before inflating: what ISA-L saves there is thrice the time to load it."""


class Inflating(Protocol):
    """Inflate one stream piece by piece, as ``zlib.decompressobj`` does."""

    @property
    def eof(self) -> bool:
        """Tell whether the stream has come to its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """Give what of the last input has not been looked at."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Inflate more, up to a number of bytes."""


class Inflater(NamedTuple):
    """Hold the functions of ``zlib`` that read a member, or others that do the same."""

    decompressobj: Callable[[int], Inflating]
    crc32: Callable[[bytes, int], int]
    error: type[Exception]
    """What inflating raises."""


PLAIN = Inflater(zlib.decompressobj, zlib.crc32, zlib.error)
"""It begins sooner than ISA-L, which matters for small members."""


def inflater_for(size: int) -> Inflater:
    """Give the fastest for a number of bytes in all, before inflating."""
    if size >= _WORTH_LOADING:
        try:
            from isal import isal_zlib as fast
        except ImportError:
            # Not installed, or made for another interpreter.
            pass
        else:
            error: type[Exception] = fast.error  # type: ignore[assignment] # their stub
            return Inflater(fast.decompressobj, fast.crc32, error)
    return PLAIN
