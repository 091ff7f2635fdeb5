"""Change bytes as damage and malice do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.forged_zips import number

if TYPE_CHECKING:
    import random

__all__ = ["mutated"]


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Flip bits, write extreme numbers, cut, repeat: one to eight times."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed))
        kind = chance.randrange(10)
        if kind == 0:
            del changed[max(place, 1) :]
        elif kind == 1:
            changed[place:place] = changed[place : place + chance.randint(1, 64)]
        elif kind < 5:
            extreme = chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF))
            changed[place : place + 4] = number(extreme, 4)
        else:
            changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)
