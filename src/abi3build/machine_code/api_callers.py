"""Find the functions that call CPython, without decoding all code.

Calls have few forms, which are searched for as bytes.  If something only looks like
one, a function is looked at for nothing.
"""

from __future__ import annotations

import re
import struct
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.memory import MappedPart, Memory
    from abi3build.machine_code.calling_conventions import Convention

__all__ = ["MOST_CODE", "find_api_callers"]


_NEAR = rb"(?=...[\x00-\x03\xfc-\xff])"
"""What follows a code if the distance behind it is less than 64 MB, as in any image of
which ``MOST_CODE`` is sought through, and in nearly all others."""

_THROUGH_SLOT = re.compile(
    rb"(?:\xff[\x15\x25]|[\x48\x4c]\x8b[\x05\x0d\x15\x1d\x25\x2d\x35\x3d])" + _NEAR,
    re.DOTALL,
)
"""``call [rip+...]``, ``jmp [rip+...]`` and ``mov register, [rip+...]``."""

_JUMP = 0x25
_DIRECT = re.compile(rb"[\xe8\xe9]" + _NEAR, re.DOTALL)
"""``call`` and ``jmp`` to an address that is 32 bits away."""

_STUB_HEADS = (0, 1, 4, 5)
"""How many bytes of a stub may stand before its jump: ``endbr64`` and ``bnd``."""

MOST_CODE = 50 << 20
"""In bytes; larger sections are searched from their beginning up to here."""

_PAGE = ~0xFFF
_WORD = 4
_BRANCHES = re.compile(rb"[\x14-\x17\x94-\x97]")
"""The highest byte of ``b`` and ``bl``; behind it, the distance in words."""

_PAGES = re.compile(rb"[\x90\xb0\xd0\xf0]")
"""The highest byte of ``adrp``."""

_PAGE_BITS, _IS_PAGE = 0x9F000000, 0x90000000
_LOAD_BITS, _IS_LOAD = 0xFFC00000, 0xF9400000
"""``adrp``, and ``ldr`` of 64 bits from a register and a distance."""

_STUB_REGISTERS = (16, 17)
_FARTHEST_LOAD = 16
"""How many instructions behind the page of a pointer it is loaded at the latest."""


def find_api_callers(
    memory: Memory, places: CodePlaces, convention: Convention, known: Container[str]
) -> tuple[int, ...]:
    """Return where the functions begin that call known functions of CPython, sorted."""
    slots = {place for place, symbol in places.slots.items() if symbol in known}
    stubs = {place for place, symbol in places.stubs.items() if symbol in known}
    search = _arm_calls if convention.is_arm else _x86_calls
    found: set[int | None] = set()
    for part in memory.parts:
        if part.is_code:
            first = memory.window.start + part.offset
            size = min(part.size, MOST_CODE)
            code = memory.window.data[first : first + size]
            found.update(map(places.start, search(part, code, slots, stubs)))
    return tuple(sorted(start for start in found if start is not None))


def _x86_calls(
    part: MappedPart, code: bytes, slots: set[int], stubs: set[int]
) -> Iterator[int]:
    """Yield the address of each instruction that may call or name such a function."""
    stubs = set(stubs)
    distance = struct.Struct("<i")
    last = len(code) - 4
    for match in _THROUGH_SLOT.finditer(code, 0, max(last, 0)):
        end = match.end()
        if end > last:
            break
        target = part.address + end + 4 + distance.unpack_from(code, end)[0]
        if target in slots:
            address = part.address + match.start()
            yield address
            if code[match.start() + 1] == _JUMP:
                stubs.update(address - head for head in _STUB_HEADS)
    if not stubs:
        return
    lowest, highest = min(stubs), max(stubs)
    for match in _DIRECT.finditer(code, 0, max(last, 0)):
        end = match.end()
        if end > last:
            break
        target = part.address + end + 4 + distance.unpack_from(code, end)[0]
        if lowest <= target <= highest and target in stubs:
            yield part.address + match.start()


def _arm_calls(
    part: MappedPart, code: bytes, slots: set[int], stubs: set[int]
) -> Iterator[int]:
    code = code[: len(code) // _WORD * _WORD]
    words = array("I", code)
    highest = code[_WORD - 1 :: _WORD]
    stubs = set(stubs)
    for address, is_stub in _arm_loads(part, words, highest, slots):
        if not is_stub:
            yield address
        else:
            # With branch target identification, the stub begins one word before.
            stubs.update((address, address - _WORD))
    for match in _BRANCHES.finditer(highest):
        number = match.start()
        word = words[number]
        distance = (word & 0x3FFFFFF) - ((word & 0x2000000) << 1)
        if part.address + _WORD * (number + distance) in stubs:
            yield part.address + _WORD * number


def _arm_loads(
    part: MappedPart, words: array[int], highest: bytes, slots: set[int]
) -> Iterator[tuple[int, bool]]:
    """Yield the address of code that loads a slot, and whether it may be a stub.

    Stubs are how Linux and macOS call; Windows loads the slot at each call.
    """
    pages = {slot & _PAGE for slot in slots}
    for match in _PAGES.finditer(highest):
        number = match.start()
        word = words[number]
        if word & _PAGE_BITS != _IS_PAGE:
            continue
        distance = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
        distance -= (distance & 0x100000) << 1
        address = part.address + _WORD * number
        page = (address & _PAGE) + (distance << 12)
        if page not in pages:
            continue
        base = word & 31
        behind = words[number + 1 : number + 1 + _FARTHEST_LOAD]
        for place, after in enumerate(behind):
            is_load = after & _LOAD_BITS == _IS_LOAD and after >> 5 & 31 == base
            if is_load and page + (after >> 10 & 0xFFF) * 8 in slots:
                is_next = base == _STUB_REGISTERS[0] and not place
                yield address, is_next and after & 31 in _STUB_REGISTERS
                break
            if after & 31 == base:
                # Most instructions name there what they write.
                break
