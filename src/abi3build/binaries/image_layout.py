"""One image as its format alone tells it, and the way to the bytes behind it.

The readers of ELF, PE and Mach-O end here.  What the bytes mean to CPython is read by
``abi3build.inspection``, in one way for all formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.image import Image
    from abi3build.binaries.memory import MappedPart, Memory, Pointers

__all__ = ["ImageLayout", "ReadImage"]


def _unknown(_: frozenset[str]) -> Mapping[int, str]:
    return {}


class ImageLayout(NamedTuple):
    """Say how the loader maps an image into memory."""

    memory: Memory
    pointers: Callable[[], Pointers]
    """Return the pointers in that memory; costs something with each call."""

    texts: tuple[MappedPart, ...] = ()
    """Parts with constants alone, if the memory's own do not tell them apart."""

    import_slots: Callable[[frozenset[str]], Mapping[int, str]] = _unknown
    """Return where the loader puts the addresses of some imported symbols: by address
    in memory, the symbol.  Only the reader of ELF knows."""

    code_places: Callable[[], CodePlaces] | None = None
    """Return where functions are and which pointers lead outside; costs a lot."""


class ReadImage(NamedTuple):
    """Join an image's symbols and libraries with the ways to its other contents."""

    image: Image
    """Without anything that only CPython or abi3build gives a meaning to."""

    layout: ImageLayout | None
    """None for what no loader maps, such as object files."""

    find_section: Callable[..., bytes]
    """Return the contents of the first section with one of the names; empty if none."""

    find_debug_section: Callable[[str], BytesWindow | None]
    """Return the debug section with a name such as ``info``, inflated; None if none."""

    little_endian: bool = True
