"""Follow the pointers in the data of an ELF file, which the loader fills in.

Specification: https://gabi.xinuos.com/ (System V ABI), "Relocation".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.abi_information import (
    MappedPart,
    Memory,
    find_abi_information,
    is_made_from_slots,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from abi3build.binaries.elf_dynamic import DynamicSection
    from abi3build.binaries.image import AbiInformation

__all__ = ["elf_abi_information"]

_RELOCATION, _RELOCATION_SIZE = "QQq", 24
"""``Elf64_Rela``: the place, the kind with the symbol's number, and the addend."""

_SYMBOL_VALUE, _SYMBOL_SIZE = "8xQ8x", 24


def elf_abi_information(
    dynamic: DynamicSection | None, exports: Collection[str]
) -> tuple[AbiInformation, ...]:
    """Give what a module made from slots says of its ABI; of others nothing."""
    if dynamic is None or not is_made_from_slots(exports):
        return ()
    parts = (
        MappedPart(segment.address, segment.offset, segment.size)
        for segment in dynamic.segments
        if segment.is_loaded
    )
    is_64_bit = dynamic.tables.bits == 64  # noqa: PLR2004 - bits
    memory = Memory(dynamic.tables.window, tuple(parts), is_64_bit)
    return find_abi_information(memory, lambda places: _follow(dynamic, memory, places))


def _follow(
    dynamic: DynamicSection, memory: Memory, addresses: Collection[int]
) -> dict[int, int]:
    """Give where pointers point to.

    Relocations without an addend of their own, DT_REL and DT_RELR, have it where the
    pointer will be.  Those of 32 bits are of that sort on every system of the wheels.
    """
    found = memory.pointers(addresses)
    if "DT_RELA" not in dynamic.tags or not memory.is_64_bit:
        return found
    start = dynamic.offset("DT_RELA")
    count = dynamic.value("DT_RELASZ") // _RELOCATION_SIZE
    rows = memory.window.rows("relocations", _RELOCATION, start, count)
    for place, kind, addend in rows:
        if place in addresses:
            found[place] = addend + _symbol_value(dynamic, kind >> 32)
    return found


def _symbol_value(dynamic: DynamicSection, number: int) -> int:
    """Give the address of a symbol; number 0 stands for none."""
    if not number:
        return 0
    start = dynamic.offset("DT_SYMTAB") + number * _SYMBOL_SIZE
    (value,) = dynamic.tables.window.row("dynamic symbols", _SYMBOL_VALUE, start)
    return int(value)
