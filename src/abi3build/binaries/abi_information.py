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
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.image import AbiInformation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from abi3build.binaries.window import Window

    FollowPointers = Callable[[Collection[int]], Mapping[int, int]]

__all__ = ["MappedPart", "Memory", "find_abi_information", "is_made_from_slots"]

_EXPORTS = ("PyModExport_", "PyModExportU_")

_MOD_ABI = 109
_SLOT_HEADER = "HHI"
"""``sl_id``, ``sl_flags`` and ``sl_reserved``, which must be zero."""

_SLOT_FLAGS = range(8)
"""Any of ``PySlot_OPTIONAL``, ``PySlot_STATIC`` and ``PySlot_INTPTR``."""

_INFORMATION = "BBHII"
_MAJOR_VERSION = 1
"""The only layout of ``PyABIInfo`` that 3.15 knows."""

_MOST_PARTS = 96
"""No loader of Windows maps more sections; ELF and Mach-O images have about ten."""

_MOST_SLOTS = 4096
"""Where so many numbers look like the slot, the others are not looked at."""


class MappedPart(NamedTuple):
    """Say where a part of the file lies in memory."""

    address: int
    offset: int
    size: int


@dataclass(frozen=True)
class Memory:
    """See the file as the loader maps it."""

    window: Window
    parts: tuple[MappedPart, ...]
    is_64_bit: bool

    def offset(self, address: int, size: int) -> int | None:
        """Give the place in the file of some bytes; None where it has not all."""
        for part in self.parts[:_MOST_PARTS]:
            if part.address <= address <= part.address + part.size - size:
                return part.offset + address - part.address
        return None

    def pointers(self, addresses: Collection[int]) -> dict[int, int]:
        """Give the pointers at some addresses as the file has them."""
        layout, size = ("Q", 8) if self.is_64_bit else ("I", 4)
        found = {}
        for address in addresses:
            place = self.offset(address, size)
            if place is not None:
                (found[address],) = self.window.row("slots", layout, place)
        return found


def is_made_from_slots(exports: Collection[str]) -> bool:
    """Tell whether an image exports the function that gives slots (PEP 793)."""
    return any(name.startswith(_EXPORTS) for name in exports)


def find_abi_information(
    memory: Memory, follow: FollowPointers
) -> tuple[AbiInformation, ...]:
    """Give each ``PyABIInfo`` that a slot points to, sorted.

    ``follow`` gives, for the addresses of pointers, where they point to after
    loading.  Raise ``MalformedError`` where the parts ask for more than the file has.
    """
    addresses = {slot + 8 for slot in islice(_slots(memory), _MOST_SLOTS)}
    if not addresses:
        return ()
    targets = set(follow(addresses).values())
    found = (_information(memory, target) for target in targets)
    return tuple(sorted({information for information in found if information}))


def _slots(memory: Memory) -> Iterator[int]:
    """Give the addresses at which the header of the slot may be."""
    window = memory.window
    header = struct.Struct(window.byte_order + _SLOT_HEADER)
    headers = (header.pack(_MOD_ABI, flags, 0) for flags in _SLOT_FLAGS)
    pattern = re.compile(b"|".join(map(re.escape, headers)))
    alignment = 8 if memory.is_64_bit else 4
    for part in memory.parts[:_MOST_PARTS]:
        mapped = window.part("slots", part.offset, part.size)
        mapped.allowance.spend("slots", part.size)
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
