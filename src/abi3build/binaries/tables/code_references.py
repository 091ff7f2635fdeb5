"""Tell which addresses the code of an image takes.

Compilers put the address of a constant into a register with one instruction or two,
relative to where they stand.  Bytes that only look like a text are no constant of their
own, and no instruction takes their address.

Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, LEA; Arm
Architecture Reference Manual for A-profile, ADR, ADRP and ADD (immediate).
"""

from __future__ import annotations

import re
import struct
from itertools import islice
from operator import add, itemgetter

from abi3build.binaries.tables.memory import aligned
from abi3build.binaries.tables.sieve import words_with
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from abi3build.binaries.tables.memory import MappedPart, Memory
    from abi3build.binaries.window import Window

__all__ = ["taken_addresses"]

_LEA = rb"\x8d(?<=[\x48\x4c]\x8d)[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](?=([\s\S]{2}%s))"
"""``lea`` of 64 bits, of an address relative to the next instruction, with the high
bytes of the distance to fill in.  What begins with one certain byte is found fast."""

_DISTANCE_SIZE = 4
_AT_ONCE = 1 << 16
"""Matches are gathered, so that no step of Python goes to each."""

_ADD = (0x91,)
"""The last byte of ``add`` of 64 bits with a number that is not shifted."""

_ADRP, _ADRP_AND_REGISTER = 0x90000000, 0x9F00001F
_ADR = {3: (0x10, 0x30, 0x50, 0x70)}
"""The last byte of ADR; its number's lowest bits are in it."""

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
    least = min(wanted) - part.address - part.size
    pattern = re.compile(_LEA % _high_bytes(least, max(wanted) - part.address))
    found = pattern.finditer(body.data, body.start, body.start + body.size)
    shift = part.address - body.start + _DISTANCE_SIZE
    while some := list(islice(found, _AT_ONCE)):
        distances = struct.unpack(f"<{len(some)}i", b"".join(map(itemgetter(1), some)))
        ends = map(re.Match.end, some)
        targets = map(shift.__add__, map(add, ends, distances))
        yield from wanted.intersection(targets)


def _high_bytes(least: int, most: int) -> bytes:
    """Match the two high bytes that numbers of 32 bits with a sign may have."""
    classes = []
    for shift in (16, 24):
        count = min((most >> shift) - (least >> shift) + 1, 256)
        values = {(least >> shift) + each & 0xFF for each in range(count)}
        classes.append(b"[%s]" % b"".join(b"\\x%02x" % each for each in sorted(values)))
    return b"".join(classes)


def _by_adrp(part: MappedPart, body: Window, wanted: frozenset[int]) -> Iterator[int]:
    pages: dict[int, set[int]] = {}
    for address in wanted:
        pages.setdefault(address % _PAGE, set()).add(address - address % _PAGE)
    low_bits = dict(_low_bits_by_bytes(pages))
    # Each byte by itself is looked for fast; then both have to belong together.
    allowed = {1: {each[0] for each in low_bits}, 2: {each[1] for each in low_bits}}
    for place in _instructions(part, body, {**allowed, 3: _ADD}):
        found = low_bits.get(body.data[place + 1 : place + 3])
        if found is not None:
            page = _page_before(part, body, place)
            if page in pages[found]:
                yield page + found


def _low_bits_by_bytes(pages: Collection[int]) -> Iterator[tuple[bytes, int]]:
    """Give the second and third byte of each ``add`` of some low bits, with these.

    The two lowest bits of the second byte are of a register.
    """
    for bits in pages:
        for more in range(4):
            yield bytes([(bits & 0x3F) << 2 | more, bits >> 6]), bits


def _by_adr(part: MappedPart, body: Window, wanted: frozenset[int]) -> Iterator[int]:
    """Linkers of macOS make one instruction of the two where the address is near."""
    for place in _instructions(part, body, _ADR):
        here = part.address + place - body.start
        word = int.from_bytes(body.data[place : place + 4], "little")
        if here + _distance(word) in wanted:
            yield here + _distance(word)


def _instructions(
    part: MappedPart, body: Window, allowed: Mapping[int, Collection[int]]
) -> Iterator[int]:
    """Give the places of the instructions that have only certain bytes."""
    words = aligned(part, body, 4)
    for number in words_with(words, 4, allowed):
        yield words.start + 4 * number


def _distance(word: int) -> int:
    """Give the number with a sign in ADR, in bytes, or ADRP, in pages."""
    distance = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
    return distance - ((distance & 1 << 20) << 1)


def _on_arm64(part: MappedPart, body: Window, wanted: frozenset[int]) -> Iterator[int]:
    yield from _by_adrp(part, body, wanted)
    yield from _by_adr(part, body, wanted)


def _page_before(part: MappedPart, body: Window, place: int) -> int | None:
    """Give the page that the register of an ``add`` had before."""
    register = int.from_bytes(body.data[place : place + 4], "little") >> 5 & 0x1F
    wanted = _ADRP | register
    count = min(_LOOKED_BACK, (place - body.start) // 4)
    words = struct.unpack_from(f"<{count}I", body.data, place - 4 * count)
    for number, word in enumerate(reversed(words), 1):
        if word & _ADRP_AND_REGISTER == wanted:
            here = part.address + place - 4 * number - body.start
            return here - here % _PAGE + _distance(word) * _PAGE
    return None


_SEARCHES: dict[str, Callable[[MappedPart, Window, frozenset[int]], Iterator[int]]] = {
    "x86_64": _by_lea,
    "aarch64": _on_arm64,
    "arm64": _on_arm64,
}
