"""The functions of an image whose arguments from CPython are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.inspection.table_rows import TableReader
from abi3build.inspection.table_search import find_table_places
from abi3build.machine_code.structures import ITEMS, OBJECT, TUPLE, TYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.image import Import
    from abi3build.binaries.memory import Memory, Pointers

__all__ = ["StartingPoint", "find_starting_points", "static_type_points"]


class StartingPoint(NamedTuple):
    """Say how a function is called."""

    address: int
    name: str
    """How a table or a symbol calls it, such as ``encode of _core``."""

    arguments: tuple[tuple[int, str], ...] = ()
    """The number and the kind of each argument that is known."""

    returns_object: bool = False
    """True if CPython takes over a reference to what it returns."""


_KEYWORDS, _NO_ARGUMENTS, _ONE, _CLASS, _STATIC = 2, 4, 8, 16, 32
_FAST, _METHOD = 0x80, 0x200
_MOST_ROWS = 4096
_METHODS, _PROPERTIES = 64, 73
_ONE_OBJECT, _TWO_OBJECTS = ((0, OBJECT),), ((0, OBJECT), (1, OBJECT))
_THREE_OBJECTS = (*_TWO_OBJECTS, (2, OBJECT))
_SLOTS = {
    _ONE_OBJECT: "2 4 6 9 11 13 26 27 30 32 43 44 45 46 51 52 53 57 59 62 63 66 68 70"
    " 71 77 78 79 80 81 1 39",
    _TWO_OBJECTS: "5 7 8 10 12 14 15 16 17 18 19 21 22 23 24 25 28 31 34 35 36 37 38 40"
    " 41 42 58 67 75 76",
    _THREE_OBJECTS: "3 20 33 54 55 69",
    ((0, OBJECT), (1, TUPLE), (2, OBJECT)): "50 60",
    ((0, TYPE), (1, TUPLE), (2, OBJECT)): "65",
    ((0, TYPE),): "47",
}
"""By the arguments, the numbers of a type's slots: ``Include/typeslots.h`` and
https://docs.python.org/3/c-api/typeobj.html"""

_ARGUMENTS_OF_SLOT = {
    int(number): arguments
    for arguments, numbers in _SLOTS.items()
    for number in numbers.split()
}
_NO_OBJECT = "1 2 3 4 9 39 41 45 47 51 52 53 55 59 60 68 69 71 80 81"
_RETURNING = frozenset(_ARGUMENTS_OF_SLOT) - set(map(int, _NO_OBJECT.split()))
"""The slots of functions that return an object."""

_MODULE_EXECUTIONS = (2, 85)
_FIELDS = {
    0x30: 52,
    0x58: 66,
    0x78: 59,
    0x80: 50,
    0x88: 70,
    0x90: 58,
    0x98: 69,
    0xB8: 71,
    0xC0: 51,
    0xC8: 67,
    0xD8: 62,
    0xE0: 63,
    0x110: 54,
    0x118: 55,
    0x128: 60,
    0x138: 65,
}
"""By their places in ``PyTypeObject``, the functions of a static type."""

_STATIC_METHODS, _STATIC_PROPERTIES = 0xE8, 0xF8
_NAME = 0x18


def find_starting_points(
    memory: Memory,
    pointers: Pointers,
    places: CodePlaces,
    imports: Collection[Import],
) -> Iterator[StartingPoint]:
    """Yield the functions of an image's tables, and those that start its modules."""
    for address, name in places.names.items():
        if re.match(r"PyInitU?_|PyModExportU?_", name):
            yield StartingPoint(address, name)
    modules, types = find_table_places(memory, pointers, imports)
    reader = TableReader(memory.with_own_allowance(), pointers)
    tables = _Tables(memory, pointers)
    for address in modules:
        module = reader.module_table(address)
        if module is not None:
            yield from tables.methods(pointers.target(address + 64), module.name)
            yield from tables.module_slots(pointers.target(address + 72), module.name)
            for place in (80, 88, 96):
                target = pointers.target(address + place)
                yield from tables.function(target, module.name, _ONE_OBJECT)
    for address in types:
        table = reader.type_table(address)
        if table is None:
            continue
        slots = reader.type_slots(pointers.target(address + 24))
        for number, target in slots.items():
            yield from tables.slot(number, target, table.name)
        yield from tables.methods(slots.get(_METHODS), table.name)
        yield from tables.properties(slots.get(_PROPERTIES), table.name)


def static_type_points(
    memory: Memory, pointers: Pointers, address: int
) -> Iterator[StartingPoint]:
    """Yield the functions of a ``PyTypeObject`` in the image's own data."""
    tables = _Tables(memory, pointers)
    name = tables.text(pointers.target(address + _NAME)) or "a static type"
    for place, slot in _FIELDS.items():
        target = pointers.target(address + place)
        yield from tables.slot(slot, target, name)
    yield from tables.methods(pointers.target(address + _STATIC_METHODS), name)
    yield from tables.properties(pointers.target(address + _STATIC_PROPERTIES), name)


class _Tables(NamedTuple):
    """Read tables of which another reader has made sure that they are some."""

    memory: Memory
    pointers: Pointers

    def function(
        self, target: int | None, name: str, arguments: tuple[tuple[int, str], ...]
    ) -> Iterator[StartingPoint]:
        if target and target > 0 and self.memory.is_code(target):
            yield StartingPoint(target, name, arguments)

    def slot(
        self, number: int, target: int | None, name: str
    ) -> Iterator[StartingPoint]:
        """Yield the function in a slot of a type, if it is known what that is given."""
        for point in self.function(target, name, _ARGUMENTS_OF_SLOT.get(number, ())):
            if point.arguments:
                yield point._replace(returns_object=number in _RETURNING)

    def methods(self, address: int | None, owner: str) -> Iterator[StartingPoint]:
        """Yield the functions of a table of ``PyMethodDef``."""
        for place in self._rows(address, 32):
            name = self.text(self.pointers.target(place))
            offset = self.memory.offset(place + 16, 4)
            if offset is None:
                return
            (flags,) = self.memory.window.row("tables", "I", offset)
            target = self.pointers.target(place + 8)
            for point in self.function(target, f"{name} of {owner}", _arguments(flags)):
                yield point._replace(returns_object=True)

    def properties(self, address: int | None, owner: str) -> Iterator[StartingPoint]:
        """Yield the getters and setters of a table of ``PyGetSetDef``."""
        for place in self._rows(address, 40):
            name = f"{self.text(self.pointers.target(place))} of {owner}"
            getter = self.pointers.target(place + 8)
            for point in self.function(getter, name, _ONE_OBJECT):
                yield point._replace(returns_object=True)
            yield from self.function(
                self.pointers.target(place + 16), name, _TWO_OBJECTS
            )

    def module_slots(self, address: int | None, name: str) -> Iterator[StartingPoint]:
        """Yield the functions of ``Py_mod_exec`` in a table of ``PyModuleDef_Slot``."""
        for place in self._rows(address, 16, is_ended_by_number=True):
            offset = self.memory.offset(place, 4)
            if offset is None:
                return
            (number,) = self.memory.window.row("tables", "I", offset)
            if number in _MODULE_EXECUTIONS:
                target = self.pointers.target(place + 8)
                yield from self.function(target, name, _ONE_OBJECT)

    def text(self, target: int | None) -> str:
        place = self.memory.offset(target, 1) if target and target > 0 else None
        if place is None:
            return ""
        window = self.memory.window
        start = window.start + place
        end = window.data.find(b"\0", start, start + 128)
        return window.data[start : max(start, end)].decode("utf-8", "backslashreplace")

    def _rows(
        self, address: int | None, size: int, *, is_ended_by_number: bool = False
    ) -> Iterator[int]:
        if not address or address < 0:
            return
        for place in range(address, address + size * _MOST_ROWS, size):
            if is_ended_by_number:
                offset = self.memory.offset(place, 4)
                if offset is None:
                    return
                if not self.memory.window.row("tables", "I", offset)[0]:
                    return
            elif not self.pointers.target(place):
                return
            yield place


def _arguments(flags: int) -> tuple[tuple[int, str], ...]:
    """Return what a function gets that is called as a method with some flags.

    https://docs.python.org/3/c-api/structures.html#c.PyMethodDef
    """
    first = () if flags & _STATIC else ((0, TYPE if flags & _CLASS else OBJECT),)
    if flags & _FAST:
        place = 2 if flags & _METHOD else 1
        known: tuple[tuple[int, str], ...] = ((place, ITEMS),)
        if flags & _KEYWORDS:
            known = (*known, (place + 2, TUPLE))
        return (*first, *(((1, TYPE),) if flags & _METHOD else ()), *known)
    if flags & _NO_ARGUMENTS:
        return first
    if flags & _ONE:
        return (*first, (1, OBJECT))
    if flags & _KEYWORDS:
        return (*first, (1, TUPLE), (2, OBJECT))
    return (*first, (1, TUPLE)) if flags & 1 else first
