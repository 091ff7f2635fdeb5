"""Find what a module says of its own ABI: the ``PyABIInfo`` behind ``Py_mod_abi``.

A module made from slots alone (PEP 793) must have it, and CPython compares it with
itself at import.  It is data: an array of ``PySlot`` has a row with the number of
``Py_mod_abi`` and a pointer to the structure, so it can be read without any symbol.

Sources, as of 3.15: ``Include/slots.h``, ``Include/slots_generated.h`` and
``Include/modsupport.h`` of CPython;
https://docs.python.org/3.15/c-api/stable.html#c.PyABIInfo
"""

from __future__ import annotations

import re
import struct
from itertools import islice

from abi3build.binaries.image import AbiInformation
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.tables.memory import Memory, Pointers

__all__ = ["find_abi_information", "is_made_from_slots"]

_EXPORTS = ("PyModExport_", "PyModExportU_")

_MOD_ABI = 109
_SLOT_HEADER = "HHI"
"""``sl_id``, ``sl_flags`` and ``sl_reserved``, which must be zero."""

_SLOT_FLAGS = range(8)
"""Any of ``PySlot_OPTIONAL``, ``PySlot_STATIC`` and ``PySlot_INTPTR``."""

_INFORMATION = "BBHII"
_MAJOR_VERSION = 1
"""The only layout of ``PyABIInfo`` that 3.15 knows."""

_MOST_SLOTS = 4096
"""Where so many numbers look like the slot, the others are not looked at."""


def is_made_from_slots(exports: Collection[str]) -> bool:
    """Tell whether an image exports the function that gives slots (PEP 793)."""
    return any(name.startswith(_EXPORTS) for name in exports)


def find_abi_information(
    memory: Memory, pointers: Pointers
) -> tuple[AbiInformation, ...]:
    """Give each ``PyABIInfo`` that a slot points to, sorted.

    Raise ``MalformedError`` where the parts ask for more than the file has.
    """
    addresses = {slot + 8 for slot in islice(_slots(memory), _MOST_SLOTS)}
    targets = set(map(pointers.target, addresses))
    found = (_information(memory, target) for target in targets if target)
    return tuple(sorted({information for information in found if information}))


def _slots(memory: Memory) -> Iterator[int]:
    """Give the addresses at which the header of the slot may be."""
    window = memory.window
    header = struct.Struct(window.byte_order + _SLOT_HEADER)
    headers = (header.pack(_MOD_ABI, flags, 0) for flags in _SLOT_FLAGS)
    pattern = re.compile(b"|".join(map(re.escape, headers)))
    alignment = 8 if memory.is_64_bit else 4
    for part, mapped in memory.with_pointers().bodies("slots"):
        found = pattern.finditer(window.data, mapped.start, mapped.start + mapped.size)
        for match in found:
            address = part.address + match.start() - mapped.start
            if address % alignment == 0:
                yield address


def _information(memory: Memory, address: int) -> AbiInformation | None:
    size = struct.calcsize(f"={_INFORMATION}")
    place = memory.offset(address, size)
    if place is None:
        return None
    major, _, flags, build_version, abi_version = memory.window.row(
        "PyABIInfo", _INFORMATION, place
    )
    if major != _MAJOR_VERSION:
        return None
    return AbiInformation(flags, build_version, abi_version)
