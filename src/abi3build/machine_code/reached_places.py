"""What an instruction reads or writes at a place in memory that it names.

Sources of the places: ``Include/object.h`` for ``ob_type``, and ``tupleobject.h`` and
``listobject.h`` below ``Include/cpython/`` for ``ob_item``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.machine_code.known_values import IMPORT, NUMBER, UNKNOWN, KnownValue
from abi3build.machine_code.object_functions import kind_of_data
from abi3build.machine_code.structures import (
    ITEMS,
    LIST,
    OBJECT,
    OBJECT_KINDS,
    TUPLE,
    TYPE,
)

if TYPE_CHECKING:
    from abi3build.machine_code.image_code import ImageCode
    from abi3build.machine_code.known_values import KnownState
    from abi3build.machine_code.machine_steps import MemoryPlace

__all__ = ["ITEMS_PLACE", "place_value", "pointed_to"]


_TYPE_PLACE = 8
ITEMS_PLACE = 24


def place_value(state: KnownState, place: MemoryPlace) -> KnownValue | None:
    """Return the address that a place is, as far as it is known."""
    base, index, offset, _ = place
    if base == "pc":
        return KnownValue(NUMBER, offset)
    value = state.registers.get(base)
    if index:
        other = state.registers.get(index)
        if (value is None or value.kind == UNKNOWN) and other is not None:
            value = other
        if value is None or value.kind not in OBJECT_KINDS | {ITEMS}:
            return None
    if value is None or not offset:
        return value
    kind, distance, origin = value
    return tuple.__new__(KnownValue, (kind, distance + offset, origin))


def pointed_to(code: ImageCode, state: KnownState, at: KnownValue) -> KnownValue | None:
    """Return what is known of a word at an address."""
    kind = ""
    if at.kind == NUMBER:
        symbol = code.slots.get(at.offset)
        if symbol is not None and at.offset in state.asked_types:
            return KnownValue(OBJECT)
        if symbol is not None:
            return KnownValue(kind_of_data(symbol) or IMPORT, 0, at.offset)
        kind = code.kept.get(at.offset, "")
    elif at.kind == ITEMS or (at.kind == TUPLE and at.offset >= ITEMS_PLACE):
        kind = OBJECT
    elif at.kind == LIST and at.offset == ITEMS_PLACE:
        kind = ITEMS
    elif at.kind in OBJECT_KINDS and at.offset == _TYPE_PLACE:
        kind = TYPE
    return KnownValue(kind) if kind else None
