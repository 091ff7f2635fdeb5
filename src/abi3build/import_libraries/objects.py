"""The three COFF objects with which an import library begins.

They make the entry of one DLL in an image's import directory: the linker sorts the
sections ``.idata$2`` to ``.idata$6`` of all objects by name, so that the entry stands
before the empty one that ends the directory, and a DLL's addresses before the empty one
that ends them.  Sections and symbols:
https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#the-idata-section
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.import_libraries.machines import Machine

__all__ = ["ObjectFile", "descriptor_objects"]

_FILE_HEADER = struct.Struct("<HHIIIHH")
_SECTION_HEADER = struct.Struct("<8sIIIIIIHHI")
_RELOCATION = struct.Struct("<IIH")
_SYMBOL = struct.Struct("<8sIhHBB")

_32_BIT_MACHINE = 0x100
_READABLE_AND_WRITABLE_DATA = 0xC0000040
_EXTERNAL, _STATIC, _SECTION = 2, 3, 104

_DIRECTORY_ENTRY_SIZE = 20
_LOOKUP_TABLE_AT, _NAME_AT, _ADDRESS_TABLE_AT = 0, 12, 16

_NO_MORE_ENTRIES = "__NULL_IMPORT_DESCRIPTOR"


@dataclass(frozen=True)
class ObjectFile:
    """Hold a member of the library and the symbols that lead a linker to it."""

    data: bytes
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class _Section:
    name: str
    data: bytes
    alignment: int
    """In bytes, a power of two."""

    relocations: tuple[tuple[int, int], ...] = ()
    """Pairs of an offset in the data and the index of a symbol."""


@dataclass(frozen=True)
class _Symbol:
    name: str
    section: int
    """The number of its section from 1 on; 0 where another object defines it."""

    storage: int = _EXTERNAL


def descriptor_objects(dll: str, machine: Machine) -> tuple[ObjectFile, ...]:
    """Make the objects for one DLL, such as ``python3.dll``."""
    stem = dll.rpartition(".")[0]
    entry, end = f"__IMPORT_DESCRIPTOR_{stem}", f"\x7f{stem}_NULL_THUNK_DATA"
    zeros = bytes(_DIRECTORY_ENTRY_SIZE)
    pointer = bytes(machine.value.pointer_size)
    name = f"{dll}\0".encode("ascii")
    # The numbers of the symbols .idata$6, .idata$4 and .idata$5 below.
    relocations = ((_NAME_AT, 2), (_LOOKUP_TABLE_AT, 3), (_ADDRESS_TABLE_AT, 4))
    return (
        _object(
            machine,
            (
                _Section(".idata$2", zeros, 4, relocations),
                _Section(".idata$6", name + bytes(len(name) % 2), 2),
            ),
            (
                _Symbol(entry, 1),
                _Symbol(".idata$2", 1, _SECTION),
                _Symbol(".idata$6", 2, _STATIC),
                _Symbol(".idata$4", 0, _SECTION),
                _Symbol(".idata$5", 0, _SECTION),
                _Symbol(_NO_MORE_ENTRIES, 0),
                _Symbol(end, 0),
            ),
        ),
        _object(
            machine,
            (_Section(".idata$3", zeros, 4),),
            (_Symbol(_NO_MORE_ENTRIES, 1),),
        ),
        _object(
            machine,
            (
                _Section(".idata$5", pointer, len(pointer)),
                _Section(".idata$4", pointer, len(pointer)),
            ),
            (_Symbol(end, 1),),
        ),
    )


def _object(
    machine: Machine, sections: Sequence[_Section], symbols: Sequence[_Symbol]
) -> ObjectFile:
    headers, bodies = b"", b""
    offset = _FILE_HEADER.size + _SECTION_HEADER.size * len(sections)
    for section in sections:
        relocations = b"".join(
            _RELOCATION.pack(at, symbol, machine.value.address_relocation)
            for at, symbol in section.relocations
        )
        start = offset + len(bodies)
        headers += _SECTION_HEADER.pack(
            section.name.encode("ascii"),
            0,
            0,
            len(section.data),
            start,
            start + len(section.data) if relocations else 0,
            0,
            len(section.relocations),
            0,
            _READABLE_AND_WRITABLE_DATA | section.alignment.bit_length() << 20,
        )
        bodies += section.data + relocations
    header = _FILE_HEADER.pack(
        machine.value.number,
        len(sections),
        0,
        offset + len(bodies),
        len(symbols),
        0,
        _32_BIT_MACHINE if machine.value.pointer_size == struct.calcsize("<I") else 0,
    )
    defined = (symbol for symbol in symbols if symbol.section)
    return ObjectFile(
        header + headers + bodies + _symbol_table(symbols),
        tuple(symbol.name for symbol in defined if symbol.storage == _EXTERNAL),
    )


def _symbol_table(symbols: Sequence[_Symbol]) -> bytes:
    """Write the symbols and after them the names of more than eight bytes."""
    table, names = b"", b""
    sizes = struct.Struct("<I")
    for symbol in symbols:
        name = symbol.name.encode("ascii")
        if len(name) > 8:  # noqa: PLR2004 - the field's size
            field = struct.pack("<II", 0, sizes.size + len(names))
            names += name + b"\0"
        else:
            field = name
        table += _SYMBOL.pack(field, 0, symbol.section, 0, symbol.storage, 0)
    return table + sizes.pack(sizes.size + len(names)) + names
