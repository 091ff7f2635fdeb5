"""The members of an import library: COFF objects, short imports and their archive.

The first three make the entry of one DLL in an image's import directory; the linker
sorts their sections by name.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.stable_symbols import SymbolKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.stable_abi.stable_symbols import StableSymbol

__all__ = ["ImportObject", "Machine", "archive", "descriptor_objects", "short_import"]


_MAGIC = b"!<arch>\n"


def archive(name: str, members: Sequence[ImportObject]) -> bytes:
    """Put objects into an archive, all under one name of up to 15 letters.

    The bytes depend on nothing else, such as a time or an owner.
    """
    bodies = [_member(name, member.data) for member in members]
    # How long the indexes are does not depend on the offsets in them.
    start = len(_MAGIC) + len(_indexes(members, [0] * len(members)))
    sizes = accumulate((len(body) for body in bodies), initial=start)
    offsets = list(sizes)[:-1]
    return b"".join([_MAGIC, _indexes(members, offsets), *bodies])


def _indexes(members: Sequence[ImportObject], offsets: Sequence[int]) -> bytes:
    """Write where each symbol's member is: in the members' order, then sorted.

    The first index is the one of Unix, which GNU ld reads, and has numbers with the
    high byte first; Microsoft's linker reads the second.
    """
    numbers = [
        (symbol, number)
        for number, member in enumerate(members)
        for symbol in member.symbols
    ]
    by_symbol = sorted(numbers)
    first = _packed(">I", [len(numbers), *(offsets[number] for _, number in numbers)])
    second = (
        _packed("<I", [len(offsets), *offsets, len(by_symbol)])
        # Members count from 1 here.
        + _packed("<H", [number + 1 for _, number in by_symbol])
    )
    return _member("", first + _strings(numbers)) + _member(
        "", second + _strings(by_symbol)
    )


def _packed(form: str, numbers: Sequence[int]) -> bytes:
    return b"".join(struct.pack(form, number) for number in numbers)


def _strings(numbers: Sequence[tuple[str, int]]) -> bytes:
    return b"".join(f"{symbol}\0".encode("ascii") for symbol, _ in numbers)


def _member(name: str, data: bytes) -> bytes:
    time, owner, group, mode = "0", "0", "0", "644"
    header = (
        f"{f'{name}/':<16}{time:<12}{owner:<6}{group:<6}{mode:<8}{len(data):<10}`\n"
    )
    return header.encode("ascii") + data + b"\n" * (len(data) % 2)


class _MachineFacts(NamedTuple):
    label: str
    number: int
    """``IMAGE_FILE_MACHINE_*``."""

    address_relocation: int
    """The relocation to an address relative to the image, of 32 bits."""

    pointer_size: int
    """In bytes."""

    name_prefix: str
    """What compilers put before the names of C."""


class Machine(Enum):
    """Name a machine for which CPython is released on Windows.

    Numbers: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
    """

    X86 = _MachineFacts("x86", 0x14C, 7, 4, "_")
    X86_64 = _MachineFacts("x86_64", 0x8664, 3, 8, "")
    ARM64 = _MachineFacts("arm64", 0xAA64, 2, 8, "")


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
class ImportObject:
    """Describe a member of the library and the symbols by which a linker finds it."""

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
class _ObjectSymbol:
    name: str
    section: int
    """The number of its section from 1 on; 0 if another object defines it."""

    storage: int = _EXTERNAL


def descriptor_objects(dll: str, machine: Machine) -> tuple[ImportObject, ...]:
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
                _ObjectSymbol(entry, 1),
                _ObjectSymbol(".idata$2", 1, _SECTION),
                _ObjectSymbol(".idata$6", 2, _STATIC),
                _ObjectSymbol(".idata$4", 0, _SECTION),
                _ObjectSymbol(".idata$5", 0, _SECTION),
                _ObjectSymbol(_NO_MORE_ENTRIES, 0),
                _ObjectSymbol(end, 0),
            ),
        ),
        _object(
            machine,
            (_Section(".idata$3", zeros, 4),),
            (_ObjectSymbol(_NO_MORE_ENTRIES, 1),),
        ),
        _object(
            machine,
            (
                _Section(".idata$5", pointer, len(pointer)),
                _Section(".idata$4", pointer, len(pointer)),
            ),
            (_ObjectSymbol(end, 1),),
        ),
    )


def _object(
    machine: Machine, sections: Sequence[_Section], symbols: Sequence[_ObjectSymbol]
) -> ImportObject:
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
    return ImportObject(
        header + headers + bodies + _symbol_table(symbols),
        tuple(symbol.name for symbol in defined if symbol.storage == _EXTERNAL),
    )


def _symbol_table(symbols: Sequence[_ObjectSymbol]) -> bytes:
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


_HEADER = struct.Struct("<HHHHIIHH")
_MARK = 0xFFFF
_CODE, _DATA = 0, 1
_BY_NAME, _BY_NAME_WITHOUT_PREFIX = 1, 2


def short_import(symbol: StableSymbol, dll: str, machine: Machine) -> ImportObject:
    """Make the object by which a linker imports one symbol from a DLL.

    Functions can be called directly, through a jump that the linker adds; variables
    only through their address, as ``__declspec(dllimport)`` does.
    """
    prefix = machine.value.name_prefix
    decorated = prefix + symbol.name
    is_code = symbol.kind is SymbolKind.FUNCTION
    by_name = _BY_NAME_WITHOUT_PREFIX if prefix else _BY_NAME
    names = f"{decorated}\0{dll}\0".encode("ascii")
    header = _HEADER.pack(
        0,
        _MARK,
        0,
        machine.value.number,
        0,
        len(names),
        0,
        (_CODE if is_code else _DATA) | by_name << 2,
    )
    symbols = (f"__imp_{decorated}", *((decorated,) if is_code else ()))
    return ImportObject(header + names, symbols)
