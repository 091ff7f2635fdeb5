"""Places in sources, such as ``core.c:3,7``: a line for each file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.porting.constructs import UsePlace

__all__ = ["place_lines"]


def place_lines(places: Iterable[UsePlace]) -> Iterator[str]:
    """Yield each file with the numbers of its lines; the places come in sorted."""
    for file, found in groupby(places, key=lambda place: place.file):
        yield f"{file}:{','.join(str(place.line) for place in found)}"
