"""What was found in functions of machine code, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from abi3build.machine_code.known_values import met
from abi3build.machine_code.structures import ITEMS, OBJECT_KINDS

if TYPE_CHECKING:
    from abi3build.machine_code.known_values import KnownValue
    from abi3build.machine_code.structures import HiddenField

__all__ = ["FunctionWalk", "LocalCall", "SeenInBlock", "SeenRead", "joined"]


class SeenRead(NamedTuple):
    """Say where a function reads a field that the Limited API hides."""

    address: int
    field: HiddenField


class LocalCall(NamedTuple):
    """Describe the known arguments of a call within the image."""

    target: int
    arguments: tuple[tuple[int, str], ...]


class FunctionWalk(NamedTuple):
    """Describe what was found in one function."""

    reads: tuple[SeenRead, ...] = ()
    calls: frozenset[LocalCall] = frozenset()
    static_types: tuple[int, ...] = ()
    """The addresses in the image that it gives to ``PyType_Ready``."""

    has_objects: bool = False
    """True if it was seen to work on objects."""

    is_cut: bool = False
    """True if a way through it leads where no code was taken apart."""

    returned: KnownValue | None = None
    """What it returns on every way, if that is known."""

    borrowed: frozenset[tuple[str, int]] = frozenset()
    """Which of None and its like it returns without a reference, and where."""

    counted: frozenset[str] = frozenset()
    """Which of them it gives a reference, or to a function that may do so."""


_NOTHING: frozenset[Any] = frozenset()


class SeenInBlock:
    """Gather what was seen in one block."""

    __slots__ = (
        "borrowed",
        "calls",
        "counted",
        "has_objects",
        "is_cut",
        "reads",
        "returned",
        "static_types",
    )

    def __init__(self) -> None:
        # Most blocks show nothing, so that no set is made in advance.
        self.reads: dict[int, HiddenField] = {}
        self.calls: frozenset[LocalCall] = _NOTHING
        self.static_types: frozenset[int] = _NOTHING
        self.has_objects = False
        self.is_cut = False
        self.returned: list[KnownValue | None] = []
        self.borrowed: frozenset[tuple[str, int]] = _NOTHING
        self.counted: frozenset[str] = _NOTHING


def joined(results: dict[int, SeenInBlock]) -> FunctionWalk:
    """Return what was found in a function, from what was found in each block."""
    reads: dict[int, HiddenField] = {}
    calls: set[LocalCall] = set()
    static_types: set[int] = set()
    for seen in results.values():
        reads.update(seen.reads)
        calls |= seen.calls
        static_types |= seen.static_types
    return FunctionWalk(
        tuple(SeenRead(address, reads[address]) for address in sorted(reads)),
        frozenset(calls),
        tuple(sorted(static_types)),
        any(seen.has_objects for seen in results.values()),
        any(seen.is_cut for seen in results.values()),
        _common([value for seen in results.values() for value in seen.returned]),
        frozenset().union(*(seen.borrowed for seen in results.values())),
        frozenset().union(*(seen.counted for seen in results.values())),
    )


def _common(values: list[KnownValue | None]) -> KnownValue | None:
    """Return what is true of all values, if they are objects."""
    common = values[0] if values else None
    for value in values:
        common = met(common, value) if common is not None else None
    if common is None or common.offset or common.kind not in OBJECT_KINDS | {ITEMS}:
        return None
    # Whether a reference came with it is not told.
    return common._replace(origin=0)
