"""The archive around the objects, with both indexes that linkers look for.

https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#archive-library-file-format
"""

from __future__ import annotations

import struct
from itertools import accumulate

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.import_libraries.objects import ObjectFile

__all__ = ["archive"]

_MAGIC = b"!<arch>\n"


def archive(name: str, members: Sequence[ObjectFile]) -> bytes:
    """Put objects into an archive, all under one name of up to 15 letters.

    The bytes depend on nothing else: no time, no owner.
    """
    bodies = [_member(name, member.data) for member in members]
    # How long the indexes are does not depend on the offsets in them.
    start = len(_MAGIC) + len(_indexes(members, [0] * len(members)))
    sizes = accumulate((len(body) for body in bodies), initial=start)
    offsets = list(sizes)[:-1]
    return b"".join([_MAGIC, _indexes(members, offsets), *bodies])


def _indexes(members: Sequence[ObjectFile], offsets: Sequence[int]) -> bytes:
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
