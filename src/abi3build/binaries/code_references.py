"""Tell which addresses the code of an image takes.

Compilers put the address of a constant into a register with one instruction or two,
relative to where they stand.  Bytes that only look like a text are no constant of their
own, and no instruction takes their address.

Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, LEA; Arm
Architecture Reference Manual for A-profile, ADRP and ADD (immediate).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from abi3build.binaries.memory import MappedPart, Memory
    from abi3build.binaries.window import Window

__all__ = ["taken_addresses"]

_LEA = re.compile(rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]")
"""``lea`` of 64 bits, of an address relative to the next instruction."""

_LEA_SIZE = 7

_ADRP, _ADRP_MASK = 0x90000000, 0x9F000000
_PAGE = 4096
_LOOKED_BACK = 16
"""How many instructions an ADRP is before the ADD that completes the address."""


def taken_addresses(
    memory: Memory, machine: str, wanted: frozenset[int]
) -> frozenset[int]:
    """Give those of some addresses that an instruction takes.

    For other processors than x86_64 and arm64 the answer is none.
    """
    search = _SEARCHES.get(machine)
    if search is None or not wanted:
        return frozenset()
    code = memory.only(lambda part: part.is_code)
    return frozenset(
        address
        for part, body in code.bodies("code")
        for address in search(part, body, wanted)
    )


def _by_lea(part: MappedPart, body: Window, wanted: frozenset[int]) -> Iterator[int]:
    data, end = body.data, body.start + body.size
    for match in _LEA.finditer(data, body.start, end - 4):
        distance = int.from_bytes(data[match.end() : match.end() + 4], "little")
        distance -= (distance & 1 << 31) << 1
        place = part.address + match.start() - body.start
        if place + _LEA_SIZE + distance in wanted:
            yield place + _LEA_SIZE + distance


def _by_adrp(part: MappedPart, body: Window, wanted: frozenset[int]) -> Iterator[int]:
    data = body.data
    for address in sorted(wanted):
        pattern = _add_pattern(address % _PAGE)
        for match in pattern.finditer(data, body.start, body.start + body.size):
            place = part.address + match.start() - body.start
            if place % 4 == 0 and _page_before(part, body, match.start()) == (
                address - address % _PAGE
            ):
                yield address
                break


def _add_pattern(low_bits: int) -> re.Pattern[bytes]:
    """Match ``add`` of 64 bits with these bits, whatever its registers are."""
    second = bytes((low_bits & 0x3F) << 2 | register for register in range(4))
    third = bytes([low_bits >> 6])
    choices = b"|".join(map(re.escape, (bytes([each]) for each in second)))
    return re.compile(rb"[\s\S](?:%s)%s\x91" % (choices, re.escape(third)))


def _page_before(part: MappedPart, body: Window, place: int) -> int | None:
    """Give the page that the register of an ``add`` had before."""
    register = int.from_bytes(body.data[place : place + 4], "little") >> 5 & 0x1F
    lowest = max(body.start, place - 4 * _LOOKED_BACK)
    for before in range(place - 4, lowest - 1, -4):
        word = int.from_bytes(body.data[before : before + 4], "little")
        if word & _ADRP_MASK == _ADRP and word & 0x1F == register:
            pages = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
            pages -= (pages & 1 << 20) << 1
            here = part.address + before - body.start
            return here - here % _PAGE + pages * _PAGE
    return None


_SEARCHES: dict[str, Callable[[MappedPart, Window, frozenset[int]], Iterator[int]]] = {
    "x86_64": _by_lea,
    "aarch64": _by_adrp,
    "arm64": _by_adrp,
}
