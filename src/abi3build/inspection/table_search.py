"""Find the tables of CPython's C API in an image that has no symbols for them.

What a table begins with, or the numbers in it, are searched for at the speed of
``bytes.find`` and ``re``; only what looks right is read.  Only images that give a
module or a type to CPython are searched, and of them only the parts with pointers.
"""

from __future__ import annotations

import re
import struct
from itertools import islice
from typing import TYPE_CHECKING

from abi3build.binaries.cpython_contents import AbiInformation, DataTables
from abi3build.binaries.memory import aligned, words_beginning, words_with
from abi3build.inspection.table_rows import TYPE_SLOTS, TYPICAL_SLOTS, TableReader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.image import Import
    from abi3build.binaries.memory import MappedPart, Memory, Pointers

__all__ = [
    "find_abi_information",
    "find_data_tables",
    "find_table_places",
    "is_made_from_slots",
    "may_have_tables",
]


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
"""If this many numbers look like the slot, the others are not looked at."""


def is_made_from_slots(exports: Collection[str]) -> bool:
    """Tell whether an image exports the function that returns slots (PEP 793)."""
    return any(name.startswith(_EXPORTS) for name in exports)


def find_abi_information(
    memory: Memory, pointers: Pointers
) -> tuple[AbiInformation, ...]:
    """Return each ``PyABIInfo`` that a slot points to, sorted.

    Raise ``MalformedError`` if the parts ask for more than the file has.
    """
    addresses = {slot + 8 for slot in islice(_slots(memory), _MOST_SLOTS)}
    targets = set(map(pointers.target, addresses))
    found = (_information(memory, target) for target in targets if target)
    return tuple(sorted({information for information in found if information}))


def _slots(memory: Memory) -> Iterator[int]:
    """Return the addresses at which the header of the slot may be."""
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


_TYPE_MAKERS = frozenset(
    (
        "PyType_FromMetaclass",
        "PyType_FromModuleAndSpec",
        "PyType_FromSpec",
        "PyType_FromSpecWithBases",
    )
)
_MODULE_MAKERS = frozenset(
    ("PyModuleDef_Init", "PyModule_Create2", "PyModule_FromDefAndSpec2")
)

_REFERENCE_COUNTS = (1, 0xFFFFFFFF, 0x0005_0000_C000_0000)
"""``PyModuleDef_HEAD_INIT`` of the headers up to 3.12, of 3.13, and from 3.14 on.

Behind the count are a type, a function, a number and a list, all zeros until CPython
fills them in."""

_NUMBERS = {"<": rb"[\x%02x-\x%02x]\0{7}", ">": rb"\0{3}[\x%02x-\x%02x]\0{4}"}
_NO_SMALL_NUMBERS = {
    "<": rb"(?:\0{8}|(?=[\s\S]{1,3}[^\0])[\s\S]{8})",
    ">": rb"(?:\0{8}|(?=[\s\S]{4,6}[^\0])[\s\S]{8})",
}
"""What a pointer may be; sizes and alignments in the tables of C++ and Rust are not."""

_LARGEST_PART = 1 << 24
"""In bytes; only what no person writes is larger, such as Rust's tables."""

_MOST_ROWS = 1 << 16
_MOST_TABLES = 4096


def may_have_tables(imports: Collection[Import]) -> bool:
    """Tell whether an image passes a module or a type to CPython."""
    return any(
        each.symbol in _MODULE_MAKERS or each.symbol in _TYPE_MAKERS for each in imports
    )


def find_data_tables(
    memory: Memory, pointers: Pointers, imports: Collection[Import]
) -> DataTables:
    """Return the tables in an image of 64 bits; of others nothing.

    Raise ``MalformedError`` if the parts ask for more than the file has.
    """
    if not memory.is_64_bit:
        return DataTables()
    memory = memory.with_own_allowance()
    reader = TableReader(memory, pointers)
    module_places, type_places = find_table_places(memory, pointers, imports)
    modules = set(map(reader.module_table, module_places))
    types = set(map(reader.type_table, type_places))
    return DataTables(
        tuple(sorted(filter(None, modules))), tuple(sorted(filter(None, types)))
    )


def find_table_places(
    memory: Memory, pointers: Pointers, imports: Collection[Import]
) -> tuple[Iterator[int], Iterator[int]]:
    """Return the addresses at which a ``PyModuleDef`` and a ``PyType_Spec`` may be.

    Raise ``MalformedError`` if the parts ask for more than the file has.
    """
    symbols = {each.symbol for each in imports}
    modules: Iterator[int] = iter(())
    types: Iterator[int] = iter(())
    if symbols & _MODULE_MAKERS:
        modules = _module_places(memory)
    if symbols & _TYPE_MAKERS:
        starts = islice(_slot_rows(memory), _MOST_ROWS)
        rows = frozenset(starts)
        found = islice(pointers.places(rows), _MOST_TABLES) if rows else ()
        types = (place - 24 for place, _ in found)
    return modules, types


def _module_places(memory: Memory) -> Iterator[int]:
    """Return addresses where a ``PyModuleDef`` may start, which CPython writes to."""
    for part, body in _searched(memory.only(lambda part: not part.is_constant)):
        words = aligned(part, body, 8)
        base = part.address + words.start - body.start
        for count in _REFERENCE_COUNTS:
            head = struct.pack(f"{body.byte_order}Q32x", count)
            for number in words_beginning(words, 8, head):
                yield base + 8 * number


def _slot_rows(memory: Memory) -> Iterator[int]:
    """Return the addresses where an array of ``PyType_Slot`` may begin."""
    row = struct.Struct(f"{memory.window.byte_order}iI8x")
    pattern = _array_pattern(memory.window.byte_order)
    # More bytes take longer than to match the few words that have these by chance.
    last_byte, byte_before = (0, 1) if memory.window.byte_order == "<" else (3, 2)
    typical = {last_byte: TYPICAL_SLOTS, byte_before: range(1), 4: range(1)}
    for part, body in _searched(memory):
        words = aligned(part, body, 8)
        base, place = part.address - body.start, body.start
        for number in words_with(words, 8, typical):
            start = words.start + 8 * number
            end = body.start + body.size
            match = pattern.match(body.data, start, end) if start >= place else None
            if match:
                place = match.end()
                for start in _array_starts(body, row, place - row.size):
                    yield start + base


def _array_pattern(byte_order: str) -> re.Pattern[bytes]:
    """Match from the first typical slot of an array to its last row, of zeros alone."""
    number = _NUMBERS[byte_order]
    typical = number % (TYPICAL_SLOTS[0], TYPICAL_SLOTS[-1])
    any_number = number % (TYPE_SLOTS[0], TYPE_SLOTS[-1])
    pointer = _NO_SMALL_NUMBERS[byte_order]
    others = rb"(?:%s[\s\S]{8}){0,%d}" % (any_number, len(TYPE_SLOTS))
    return re.compile(b"".join([typical, pointer, others, rb"\0{16}"]))


def _searched(memory: Memory) -> Iterator[tuple[MappedPart, BytesWindow]]:
    parts = memory.with_pointers().only(lambda part: part.size <= _LARGEST_PART)
    return parts.bodies("tables")


def _array_starts(body: BytesWindow, row: struct.Struct, end: int) -> Iterator[int]:
    """Return where an array with this end may begin: at any row before it.

    What precedes an array may look like more rows, but no number appears twice.
    """
    seen: set[int] = set()
    is_typical = False
    for start in range(end - row.size, body.start - 1, -row.size):
        number, padding = row.unpack_from(body.data, start)
        if padding or number not in TYPE_SLOTS or number in seen:
            return
        seen.add(number)
        is_typical = is_typical or number in TYPICAL_SLOTS
        if is_typical:
            yield start
