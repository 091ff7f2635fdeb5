"""Ask an image's debug information which units were compiled without the limit.

Few wheels have any, and hardly any of those the name of a member of CPython's
structures; only for these is the reader of DWARF loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.dwarf.debug_sections import gather
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from typing import Callable

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = ["TypesFound", "find_unlimited_units"]


_TELLING_MEMBER = b"tp_name"
"""The second member of ``struct _typeobject`` (``Include/cpython/object.h``)."""

_MOST_FOUND = 100


class TypesFound(NamedTuple):
    """Say which units saw the whole structure, and why others may have been missed."""

    units: tuple[str, ...] = ()
    """The sources' names as the compiler was given them, sorted."""

    unread: str = ""
    """Why not all of it was searched; empty if it was."""


def find_unlimited_units(find: Callable[[str], BytesWindow | None]) -> TypesFound:
    """Name the units that were compiled without the limit; nothing raises.

    After a hundred it looks for no more.

    Takes a function that finds a section by its name without ``.debug_``.
    """
    found: set[str] = set()
    unread = ""
    try:
        sections = gather(find)
        if sections is not None and sections.has_text_end(_TELLING_MEMBER):
            from abi3build.inspection.debug_types import unlimited_units

            for unit in unlimited_units(sections, _TELLING_MEMBER):
                found.add(unit)
                if len(found) == _MOST_FOUND:
                    break
    except MalformedError as fault:
        unread = str(fault)
    return TypesFound(tuple(sorted(found)), unread)
