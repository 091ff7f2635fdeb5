"""What is known of registers and the stack at one point of a function."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from abi3build.machine_code.structures import (
    BYTES,
    ITEMS,
    OBJECT,
    OBJECT_KINDS,
    REACHED_KINDS,
    STR,
    TUPLE,
    TYPE,
)

__all__ = ["IMPORT", "NUMBER", "STACK", "UNKNOWN", "KnownState", "KnownValue", "met"]

STACK, NUMBER, IMPORT, UNKNOWN = "stack", "number", "import", "unknown"
"""An address of the stack, by its distance from the first one; a number or an address
of the image; a symbol from outside; and what can only be told from other values."""

_ESCAPED = 256
"""How much memory behind an address of the stack a function may write that gets it."""


_WITH_CONTENTS = (TUPLE, BYTES, STR)
_HEAD, _SOMEWHERE = 24, 1 << 19
"""A pointer that goes through the contents of an object is far inside of it."""


class KnownValue(NamedTuple):
    """Describe what a register holds."""

    kind: str
    """One of the above, or a structure of an object."""

    offset: int = 0
    """The distance from the object's begin, or the number itself."""

    origin: int = 0
    """The step from which something unknown comes, or the address of the pointer to a
    symbol from outside."""


def met(first: KnownValue, second: KnownValue | None) -> KnownValue | None:
    """Return what is true of a value that is one of two."""
    if first == second or second is None:
        return second
    null = KnownValue(NUMBER)
    for one, other in ((first, second), (second, first)):
        # Code that follows a pointer knows that it is not null.
        if one == null and (other.kind in REACHED_KINDS or other.kind == ITEMS):
            return other
    places = first.offset, second.offset
    if first.kind == second.kind in _WITH_CONTENTS and min(places) >= _HEAD:
        return KnownValue(first.kind, _SOMEWHERE)
    kinds = {first.kind, second.kind}
    if kinds <= OBJECT_KINDS and first.offset == second.offset:
        # What is in either place may be anything that both have.
        return KnownValue(OBJECT, first.offset) if TYPE not in kinds else None
    return None


_Place = TypeVar("_Place", str, int)


def _keep_common(
    mine: dict[_Place, KnownValue], theirs: dict[_Place, KnownValue]
) -> bool:
    """Keep what is true of both; tell whether that is less than before."""
    changed = False
    for place, value in tuple(mine.items()):
        other = theirs.get(place)
        if other is value or other == value:
            continue
        common = met(value, other)
        if common is None:
            del mine[place]
            changed = True
        elif common != value:
            mine[place] = common
            changed = True
    return changed


def _drop_unknown(places: dict[_Place, KnownValue], origin: int) -> None:
    for place in [at for at, each in places.items() if each.origin == origin]:
        if places[place].kind == UNKNOWN:
            del places[place]


class KnownState:
    """Describe what is known; what is missing can be anything."""

    __slots__ = ("asked_types", "counted", "escaped", "registers", "slots")

    def __init__(self) -> None:
        self.registers: dict[str, KnownValue] = {}
        self.slots: dict[int, KnownValue] = {}
        self.escaped: frozenset[int] = frozenset()
        self.counted: frozenset[str] = frozenset()
        """None and its like, if they may have got a reference on the way."""
        self.asked_types: frozenset[int] = frozenset()
        """Where the addresses of types are that may have been asked for their flags."""

    def copy(self) -> KnownState:
        """Return the same, to be changed on its own."""
        copied = KnownState.__new__(KnownState)
        copied.registers = self.registers.copy()
        copied.slots = self.slots.copy()
        copied.escaped = self.escaped
        copied.counted = self.counted
        copied.asked_types = self.asked_types
        return copied

    def meet(self, other: KnownState) -> bool:
        """Keep what is true of both; tell whether that is less than before."""
        less = _keep_common(self.registers, other.registers)
        changed = _keep_common(self.slots, other.slots) or less
        if not other.escaped <= self.escaped:
            self.escaped |= other.escaped
            changed = True
        if not other.counted <= self.counted:
            self.counted |= other.counted
            changed = True
        if not other.asked_types <= self.asked_types:
            self.asked_types |= other.asked_types
            changed = True
        return changed

    def fill(self, target: str, value: KnownValue | None) -> None:
        """Put a value into a register; None for anything."""
        if value is None:
            self.registers.pop(target, None)
        else:
            self.registers[target] = value

    def forget_origin(self, origin: int) -> None:
        """Forget what is unknown and comes from one step."""
        _drop_unknown(self.registers, origin)
        _drop_unknown(self.slots, origin)

    def prove(self, value: KnownValue, kind: str) -> None:
        """Know from here on that something unknown is an object."""
        self.replace(value, KnownValue(kind))

    def replace(self, value: KnownValue, known: KnownValue) -> None:
        """Know something else of a value, wherever it is."""
        for register in [r for r, each in self.registers.items() if each == value]:
            self.registers[register] = known
        for slot in [at for at, each in self.slots.items() if each == value]:
            self.slots[slot] = known

    def overwrite(self, offset: int, size: int, value: KnownValue | None) -> None:
        """Write to the stack."""
        slots = self.slots
        for slot in [at for at in slots if offset - 8 < at < offset + size]:
            del slots[slot]
        if value is not None:
            self.slots[offset] = value

    def forget_escaped(self) -> None:
        """Forget what functions may have written to addresses that they know."""
        slots = self.slots
        for address in self.escaped:
            if not slots:
                break
            for slot in [s for s in slots if 0 <= s - address < _ESCAPED]:
                del slots[slot]
