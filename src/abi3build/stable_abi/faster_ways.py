"""What to do about a function whose calls are the price of the limit.

The data beside this module, ``faster_ways.txt``, is written by hand from what
``benchmarks/price.py`` measures; the comment at its top describes the format.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import read_table
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FasterWay", "all_faster_ways", "faster_way"]

_FIELD = "\n    "
_CONTINUED = "\n        "


class FasterWay(NamedTuple):
    """Say how to call a function less often, or what to call instead."""

    text: str
    functions: tuple[str, ...]
    """The functions of the stable ABI that this takes."""

    since: PythonVersion
    """The lowest floor at which it works."""


def faster_way(name: str) -> FasterWay | None:
    """Return what to do about a function; None if there is no entry for it."""
    return all_faster_ways().get(name)


@cache
def all_faster_ways() -> Mapping[str, FasterWay]:
    """Return every entry by the name of the function."""
    ways = {}
    for block in read_table("faster_ways.txt").split("\n\n"):
        if not block.startswith("#"):
            names, _, fields = block.partition(_FIELD)
            ways.update(dict.fromkeys(names.split("\n"), _parse(fields)))
    return ways


def _parse(fields: str) -> FasterWay:
    lines = fields.rstrip("\n").replace(_CONTINUED, " ").split(_FIELD)
    values = dict(line.split(": ", 1) for line in lines)
    functions = tuple(values.get("needs", "").split())
    added = [stable_symbols()[each].added for each in functions]
    if "from" in values:
        added.append(PythonVersion.parse(values["from"]))
    return FasterWay(
        " ".join(values["way"].split()), functions, max(added, default=FIRST_STABLE_ABI)
    )
