"""Read the structures of the C API at an address, strictly.

Nothing in a file says where they are.  Each reader gives None if any field is not
as CPython and its compilers write it, so that what they give is not an accident.

Source: ``Include/moduleobject.h``, ``object.h``, ``methodobject.h`` and
``descrobject.h`` of CPython.  The layouts are the same from 3.2 to 3.15, but for
``PyModuleDef`` of free-threaded builds, which no stable ABI knows.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.cpython_contents import (
    Method,
    ModuleTable,
    TypeMember,
    TypeTable,
)
from abi3build.binaries.memory import ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any

    from abi3build.binaries.memory import Memory, Pointers

__all__ = ["TYPE_SLOTS", "TYPICAL_SLOTS", "TableReader"]


_LONGEST_TEXT = 512
_MOST_ROWS = 4096

_IDENTIFIER = rb"[^\W\d]\w*"
_DOTTED_NAME = rb"[^\W\d]\w*(?:\.[^\W\d]\w*)*"

TYPE_SLOTS = range(1, 111)
TYPICAL_SLOTS = range(47, 75)
"""Those that every type has some of: ``Py_tp_alloc`` to ``Py_tp_free``.  OpenSSL's
tables have the layout of slots as well, and low numbers."""

_MODULE_SLOTS = (*range(1, 5), *range(84, 111))
"""The numbers that 3.15 knows: ``Include/slots_generated.h``."""

_BASE, _BASES, _DOC, _METHODS, _MEMBERS, _GETSET, _TOKEN = 48, 49, 56, 64, 72, 73, 83
_NO_FUNCTIONS = frozenset(
    (_BASE, _BASES, _DOC, _METHODS, _MEMBERS, _GETSET, _TOKEN, *range(84, 111))
)
"""The slots of a type whose value is not a function."""

_MODULE_FUNCTIONS = frozenset((1, 2, 84, 85))

_METHOD_FLAGS = 0x3FF
_MEMBER_KINDS = range(21)
_MEMBER_FLAGS = range(16)

_TYPE_FLAGS = sum(
    1 << bit for bit in (0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 17, 18, 22, 23)
)
"""Those that a ``PyType_Spec`` may have; CPython alone sets the others."""

_LARGEST_SIZE = 1 << 16
"""No object of the real wheels has half as many bytes; an address is higher."""

_HIGHEST_OFFSET = 1 << 24
_HIGHEST_STATE_SIZE = 1 << 32


class TableReader(NamedTuple):
    """Read structures of 64-bit images."""

    memory: Memory
    pointers: Pointers

    def type_table(self, address: int) -> TypeTable | None:
        """Read a ``PyType_Spec`` with everything that it leads to."""
        # name, basicsize, itemsize, flags, four bytes of padding, slots:
        # https://docs.python.org/3/c-api/type.html#c.PyType_Spec
        sizes = self._numbers(address + 8, "iiII")
        if sizes is None:
            return None
        basic_size, item_size, flags, padding = sizes
        if padding or flags & ~_TYPE_FLAGS or not 0 <= item_size < _LARGEST_SIZE:
            return None
        # A negative size is relative to that of the base:
        # https://peps.python.org/pep-0697/
        if not -_LARGEST_SIZE < basic_size < _LARGEST_SIZE:
            return None
        name = self._name(address, _DOTTED_NAME)
        rows = self.type_slots(self._target(address + 24)) if name else None
        methods = self._methods(rows.get(_METHODS, 0)) if rows else None
        members = self._members(rows.get(_MEMBERS, 0)) if rows else None
        if name is None or not rows or methods is None or members is None:
            return None
        if not self._are_properties(rows.get(_GETSET, 0)):
            return None
        return TypeTable(
            name=name,
            basic_size=basic_size,
            flags=flags,
            slots=tuple(sorted(rows)),
            empty_slots=tuple(sorted(each for each in rows if not rows[each])),
            methods=methods,
            members=members,
        )

    def module_table(self, address: int) -> ModuleTable | None:
        """Read a ``PyModuleDef`` with everything that it leads to."""
        # PyModuleDef_HEAD_INIT leaves everything zero but the reference count, whose
        # value differs between versions of the headers (Include/moduleobject.h).
        head = self._numbers(address, "QQQQQ")
        name = self._name(address + 40, _DOTTED_NAME)
        if head is None or any(head[1:]) or name is None:
            return None
        doc = self._target(address + 48)
        sizes = self._numbers(address + 56, "q")
        if doc is None or sizes is None or not -1 <= sizes[0] < _HIGHEST_STATE_SIZE:
            return None
        functions = [self._target(address + place) for place in (80, 88, 96)]
        if not all(self._is_function(each, may_be_null=True) for each in functions):
            return None
        methods = self._methods(self._target(address + 64))
        slots = self._module_slots(self._target(address + 72))
        if methods is None or slots is None:
            return None
        return ModuleTable(name, head[0], slots, methods)

    def type_slots(self, address: int | None) -> dict[int, int]:
        """Return the value of each slot; nothing if one is not right."""
        rows = self._slots(address, TYPE_SLOTS) if address else None
        found = {}
        for number, place in (rows or {}).items():
            value = self._target(place)
            if value is None:
                return {}
            is_function = number not in _NO_FUNCTIONS
            if is_function and not self._is_function(value, may_be_null=True):
                return {}
            found[number] = value
        return found if any(found.values()) else {}

    def _module_slots(self, address: int | None) -> tuple[int, ...] | None:
        if not address:
            return () if address == 0 else None
        rows = self._slots(address, _MODULE_SLOTS)
        if rows is None or not all(
            self._is_function(self._target(place))
            for number, place in rows.items()
            if number in _MODULE_FUNCTIONS
        ):
            return None
        return tuple(sorted(rows))

    def _slots(self, address: int, known: Container[int]) -> dict[int, int] | None:
        """Return the address of each slot's value by its number."""
        found: dict[int, int] = {}
        for place in range(address, address + 16 * _MOST_ROWS, 16):
            row = self._numbers(place, "iI")
            if row == (0, 0) and self._target(place + 8) == 0:
                return found
            if row is None or row[0] not in known or row[0] in found or row[1]:
                return None
            found[row[0]] = place + 8
        return None

    def _methods(self, address: int | None) -> tuple[Method, ...] | None:
        if not address:
            return () if address == 0 else None
        found: list[Method] = []
        for place in range(address, address + 32 * _MOST_ROWS, 32):
            if self._target(place) == 0:
                return tuple(sorted(found))
            name = self._name(place, _IDENTIFIER)
            flags = self._numbers(place + 16, "II")
            doc = self._target(place + 24)
            if name is None or flags is None or doc is None:
                return None
            if not self._is_function(self._target(place + 8)):
                return None
            if flags[0] & ~_METHOD_FLAGS or not flags[0] or flags[1]:
                return None
            found.append(Method(name, flags[0]))
        return None

    def _members(self, address: int | None) -> tuple[TypeMember, ...] | None:
        if not address:
            return () if address == 0 else None
        found: list[TypeMember] = []
        for place in range(address, address + 40 * _MOST_ROWS, 40):
            if self._target(place) == 0:
                return tuple(sorted(found))
            name = self._name(place, _IDENTIFIER)
            fields = self._numbers(place + 8, "iIqiI")
            if name is None or fields is None or self._target(place + 32) is None:
                return None
            kind, padding, offset, flags, more_padding = fields
            if kind not in _MEMBER_KINDS or flags not in _MEMBER_FLAGS:
                return None
            if padding or more_padding or not 0 <= offset < _HIGHEST_OFFSET:
                return None
            found.append(TypeMember(name, flags))
        return None

    def _are_properties(self, address: int) -> bool:
        """Tell whether there is an array of ``PyGetSetDef``, or a null pointer."""
        if not address:
            return True
        for place in range(address, address + 40 * _MOST_ROWS, 40):
            if self._target(place) == 0:
                return True
            functions = [self._target(place + 8), self._target(place + 16)]
            if self._name(place, _IDENTIFIER) is None or not all(
                self._is_function(each, may_be_null=True) for each in functions
            ):
                return False
        return False

    def _is_function(self, target: int | None, *, may_be_null: bool = False) -> bool:
        if not target:
            return may_be_null and target == 0
        return target == ELSEWHERE or self.memory.is_code(target)

    def _target(self, place: int) -> int | None:
        return self.pointers.target(place)

    def _name(self, place: int, pattern: bytes) -> str | None:
        """Return the name that a pointer leads to."""
        target = self._target(place)
        start = self.memory.offset(target, 1) if target else None
        if start is None:
            return None
        window = self.memory.window
        start += window.start
        end = window.data.find(b"\0", start, start + _LONGEST_TEXT)
        text = window.data[start : max(start, end)]
        window.allowance.keep("tables", len(text))
        return text.decode() if re.fullmatch(pattern, text) else None

    def _numbers(self, address: int, layout: str) -> tuple[Any, ...] | None:
        """Return plain numbers; None if the loader would fill in a pointer."""
        size = struct.calcsize(f"={layout}")
        place = self.memory.offset(address, size)
        if place is None or any(
            map(self.pointers.is_filled_in, range(address & ~7, address + size, 8))
        ):
            return None
        return self.memory.window.row("tables", layout, place)
