"""What one instruction does with registers and memory, in one form for all processors.

Only what carries pointers is distinguished; any other result is forgotten.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

__all__ = ["NO_PLACE", "MachineStep", "MemoryPlace", "StepKind"]


class StepKind(IntEnum):
    """Name what a step does."""

    MOVE = 0
    """The target becomes what the source is."""

    NUMBER = 1
    """The target becomes a number, which may be an address."""

    ADDRESS = 2
    """The target becomes the address of the place."""

    LOAD = 3
    """The target becomes the word of 64 bits at the place."""

    READ = 4
    """The place is read, and the target, if there is one, becomes something else."""

    STORE = 5
    """The place becomes the source, or something else without one."""

    FORGET = 6
    """The target becomes something else."""

    ADD = 7
    """The number is added to the target."""

    CALL = 8
    """A function is called: at a number, in the source, or in the place."""

    JUMP = 9
    """The next instruction is at the number."""

    BRANCH = 10
    """The next instruction may be at the number."""

    LEAVE = 11
    """No instruction of the function that is known follows; the number is 0 for a trap
    and 1 if the caller may go on."""

    ALIGN = 12
    """The target, which is the stack's pointer, becomes a lower address."""

    EITHER = 13
    """The target stays, or becomes what the source, or without one the place, holds."""

    COMPARE = 14
    """The target and the source are compared."""

    EXCHANGE = 15
    """The place becomes the source, or stays as it is."""


class MemoryPlace(NamedTuple):
    """Say which memory an instruction names."""

    base: str
    """The register; ``pc`` for the address behind the instruction, empty for none."""

    index_register: str = ""
    offset: int = 0
    size: int = 8
    """In bytes."""


NO_PLACE = MemoryPlace("?")
"""What no walk follows, such as memory of the thread."""


class MachineStep(NamedTuple):
    """Describe one thing that an instruction does."""

    kind: StepKind
    target: str = ""
    source: str = ""
    place: MemoryPlace = NO_PLACE
    number: int | None = None
