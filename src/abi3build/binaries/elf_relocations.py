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

_RELOCATIONS = {32: ("IIi", 12, 8), 64: ("QQq", 24, 32)}
"""By the class of the file: the layout of ``Elf_Rela``, its size, and by how many
bits the number of the symbol is shifted in its second word."""

_SYMBOL_VALUES = {32: ("4xI8x", 16), 64: ("8xQ8x", 24)}


def elf_abi_information(
    dynamic: DynamicSection | None, exports: Collection[str]
) -> tuple[AbiInformation, ...]:
    """Give what a module made from slots says of its ABI; of others nothing."""
    if dynamic is None or not is_made_from_slots(exports):
        return ()
    memory = Memory(
        dynamic.tables.window,
        tuple(
            MappedPart(segment.address, segment.offset, segment.size)
            for segment in dynamic.segments
            if segment.is_loaded
        ),
        is_64_bit=dynamic.tables.structs.elfclass == 64,  # noqa: PLR2004 - bits
    )
    return find_abi_information(memory, lambda places: _follow(dynamic, memory, places))


def _follow(
    dynamic: DynamicSection, memory: Memory, addresses: Collection[int]
) -> dict[int, int]:
    """Give where pointers point to.

    Relocations without an addend of their own, DT_REL and DT_RELR, have it where the
    pointer will be.
    """
    found = memory.pointers(addresses)
    if "DT_RELA" not in dynamic.tags:
        return found
    what = "relocations"
    layout, size, shift = _RELOCATIONS[dynamic.tables.structs.elfclass]
    start, count = dynamic.offset("DT_RELA"), dynamic.value("DT_RELASZ") // size
    for place, kind, addend in memory.window.rows(what, layout, start, count):
        if place in addresses:
            found[place] = addend + _symbol_value(dynamic, kind >> shift)
    return found


def _symbol_value(dynamic: DynamicSection, number: int) -> int:
    """Give the address of a symbol; number 0 stands for none."""
    if not number:
        return 0
    layout, size = _SYMBOL_VALUES[dynamic.tables.structs.elfclass]
    start = dynamic.offset("DT_SYMTAB") + number * size
    (value,) = dynamic.tables.window.row("dynamic symbols", layout, start)
    return int(value)
