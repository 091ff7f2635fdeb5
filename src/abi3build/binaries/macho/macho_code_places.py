"""Find functions and the loader's pointers in a Mach-O image.

Specifications: Apple's headers ``<mach-o/loader.h>`` and ``<mach-o/nlist.h>``,
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from abi3build.binaries.bytes_window import Allowance
from abi3build.binaries.code_places import CodePlaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.macho.load_commands import MachoImage
    from abi3build.binaries.memory import Memory

__all__ = ["macho_code_places"]


_LC_SYMTAB, _LC_DYSYMTAB, _LC_FUNCTION_STARTS = 0x2, 0xB, 0x26
_LC_SEGMENT_64 = 0x19
_SEGMENT = "8x16sQ32xI4x"
"""Name, address and number of sections."""

_SECTION = "32xQQ16xIII4x"
"""Address, size, flags and the two numbers that each kind of section uses its way."""

_POINTERS, _STUBS = (6, 7), 8
"""S_NON_LAZY_SYMBOL_POINTERS, S_LAZY_SYMBOL_POINTERS and S_SYMBOL_STUBS."""

_NO_SYMBOL = 0xC0000000
"""INDIRECT_SYMBOL_LOCAL and INDIRECT_SYMBOL_ABS."""

_NLIST = "IBBHQ"
_NLIST_SIZE = 16
_N_STAB, _N_TYPE, _N_SECT = 0xE0, 0x0E, 0x0E
_LONGEST_TABLE = 1 << 24


def macho_code_places(image: MachoImage, memory: Memory) -> CodePlaces:
    """Return the places of an image of 64 bits; nothing of others.

    Raise ``MalformedError`` if a table is not where the load commands say.
    """
    if not image.is_64_bit:
        return CodePlaces({}, {}, (), {})
    window = image.window
    image = image._replace(
        window=window._replace(allowance=Allowance(len(window.data)))
    )
    names = {
        address: name for address, name in _defined(image) if memory.is_code(address)
    }
    slots: dict[int, str] = {}
    stubs: dict[int, str] = {}
    for kind, address, symbol in _indirect(image):
        (stubs if kind == _STUBS else slots)[address] = symbol
    starts = {*names, *_function_starts(image)}
    inside = filter(memory.is_code, starts)
    return CodePlaces(slots, stubs, tuple(sorted(inside)), names)


def _segments(image: MachoImage) -> Iterator[tuple[bytes, int, list[tuple[int, ...]]]]:
    """Return the name, the address and the sections of each segment."""
    what = "segments"
    for command in image.of_kind(_LC_SEGMENT_64):
        body = image.body(what, command)
        name, address, count = body.row(what, _SEGMENT, 0)
        rows = body.rows(what, _SECTION, struct.calcsize(f"={_SEGMENT}"), count)
        yield name.rstrip(b"\0"), address, list(rows)


def _indirect(image: MachoImage) -> Iterator[tuple[int, int, str]]:
    """Return the kind, the address and the symbol of each pointer and stub."""
    what = "indirect symbols"
    place = image.fields(what, "48xII", _LC_DYSYMTAB)
    if place is None:
        return
    window = image.window
    indexes = [index for (index,) in window.rows(what, "I", *place)]
    for _, _, sections in _segments(image):
        for address, size, flags, first, stub_size in sections:
            kind = flags & 0xFF
            if kind not in {*_POINTERS, _STUBS}:
                continue
            step = stub_size if kind == _STUBS else 8
            if not step:
                continue
            for number, index in enumerate(indexes[first : first + size // step]):
                if not index & _NO_SYMBOL:
                    yield kind, address + step * number, _name(image, index)


def _name(image: MachoImage, index: int) -> str:
    what = "symbol table"
    start, count, strings, size = image.fields(what, "4I", _LC_SYMTAB) or (0, 0, 0, 0)
    if index >= count:
        return ""
    row = image.window.row(what, _NLIST, start + _NLIST_SIZE * index)
    names = image.window.part("string table", strings, size)
    return names.name("string table", row[0]).removeprefix("_")


def _defined(image: MachoImage) -> Iterator[tuple[int, str]]:
    what = "symbol table"
    start, count, strings, size = image.fields(what, "4I", _LC_SYMTAB) or (0, 0, 0, 0)
    names = image.window.part("string table", strings, size)
    for name, kind, _, _, value in image.window.rows(what, _NLIST, start, count):
        if not kind & _N_STAB and kind & _N_TYPE == _N_SECT:
            yield value, names.name("string table", name).removeprefix("_")


def _function_starts(image: MachoImage) -> Iterator[int]:
    """Return where functions begin: a table of the steps from one to the next."""
    what = "function starts"
    place = image.fields(what, "II", _LC_FUNCTION_STARTS)
    base = next((at for name, at, _ in _segments(image) if name == b"__TEXT"), None)
    if place is None or base is None or place[1] > _LONGEST_TABLE:
        return
    table = image.window.part(what, *place)
    address, offset = base, 0
    while offset < table.size:
        step, offset = table.uleb128(what, offset)
        if not step:
            return
        address += step
        yield address
