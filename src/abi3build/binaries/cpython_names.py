"""Find the names that could be CPython's in a table of strings.

An audit asks about nothing else, and libraries such as Qt's have 100,000 other names.
The table is therefore searched first, and only the symbols whose names begin at a
place that was found become objects.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.window import Window

__all__ = ["PREFIXES", "places_of_cpython_names"]

PREFIXES = (b"Py", b"_Py")
"""How every symbol of CPython and every function that starts a module begins."""


_UNDERSCORE = ord("_")


def places_of_cpython_names(names: Window, decoration: bytes = b"") -> frozenset[int]:
    """Give the offsets in a table at which such a name can begin.

    Linkers let a name begin within another one that ends in it, so that all places
    count.  The decoration is what the platform puts before each name.

    Raise ``MalformedError`` where there are more than a file of its size can use.
    """
    found = set()
    data, start = names.data, names.start
    end = start + names.size
    mark = decoration + PREFIXES[0]
    place = data.find(mark, start, end)
    while place >= 0:
        names.allowance.keep("string table", 0)
        found.add(place - start)
        if place > start and data[place - 1] == _UNDERSCORE:
            found.add(place - start - 1)
        place = data.find(mark, place + 1, end)
    return frozenset(found)
