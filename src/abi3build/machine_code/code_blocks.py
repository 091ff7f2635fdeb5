"""Split a function into blocks: instructions that always run together.

A block is walked several times, so everything that is the same each time is done here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.machine_code.machine_steps import MemoryPlace, StepKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.machine_code.machine_steps import MachineStep

__all__ = ["ORIGINS_PER_BYTE", "CodeBlock", "Instruction", "blocks_of"]


ORIGINS_PER_BYTE = 16
"""More than the steps of any instruction, each of which is an origin by itself."""


Instruction = tuple[int, int, "tuple[MachineStep, ...]"]
"""The address of an instruction, its size and its steps; there are so many that a class
of their own would take a tenth of all time."""


class CodeBlock(NamedTuple):
    """Contain the steps of some instructions, without those that only jump."""

    steps: tuple[MachineStep, ...]
    """What is relative to an instruction in them is an address of the image."""

    origins: tuple[int, ...]
    """For each step, its instruction's address times ``ORIGINS_PER_BYTE``, and its
    number in the instruction."""

    targets: tuple[int, ...]
    """Where the function goes on if all steps were made; nowhere if it returns.  There
    may be no code."""

    size: int
    """How many instructions there are."""


def blocks_of(instructions: Sequence[Instruction]) -> dict[int, CodeBlock]:
    """Return the blocks of a function by the address of their first instruction.

    Jumps to anything but an instruction of the function become calls that end it.  Code
    that cannot be reached is left out, as far as its place shows it.
    """
    leaders = _leaders(instructions)
    blocks: dict[int, CodeBlock] = {}
    block: _OpenBlock | None = None
    end = 0
    for address, size, steps in instructions:
        end = address + size
        if address in leaders:
            if block is not None:
                blocks[block.start] = block.closed((address,))
            block = _OpenBlock(address)
        if block is not None:
            block.size += 1
            if len(steps) == 1 and steps[0].kind in _PLAIN:
                # Half of all steps, which only change a register.
                block.steps.append(steps[0])
                block.origins.append(address * ORIGINS_PER_BYTE)
            elif steps:
                targets = block.add(address, end, steps, leaders)
                if targets is not None:
                    blocks[block.start] = block.closed(targets)
                    block = None
    if block is not None:
        # Behind a call that never returns, nothing has to follow.
        is_call = block.steps and block.steps[-1].kind is StepKind.CALL
        blocks[block.start] = block.closed(() if is_call else (end,))
    return blocks


def _leaders(instructions: Sequence[Instruction]) -> set[int]:
    """Return where blocks begin: at the start, and at and after jumps."""
    known = {address for address, _, _ in instructions}
    leaders = {address for address, _, _ in instructions[:1]}
    for address, size, steps in instructions:
        # A jump is the last thing that an instruction does.
        if steps and steps[-1].kind in _JUMPS and steps[-1].number in known:
            leaders.update((steps[-1].number or 0, address + size))
    return leaders


_PLAIN = (
    StepKind.MOVE,
    StepKind.FORGET,
    StepKind.NUMBER,
    StepKind.ADD,
    StepKind.COMPARE,
)
_JUMPS = (StepKind.JUMP, StepKind.BRANCH)
_ENDS = (StepKind.JUMP, StepKind.LEAVE)


class _OpenBlock:
    """Gather the instructions of a block."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.steps: list[MachineStep] = []
        self.origins: list[int] = []
        self.size = 0

    def closed(self, targets: tuple[int, ...]) -> CodeBlock:
        return CodeBlock(tuple(self.steps), tuple(self.origins), targets, self.size)

    def add(
        self,
        address: int,
        end: int,
        steps: tuple[MachineStep, ...],
        leaders: set[int],
    ) -> tuple[int, ...] | None:
        """Add the steps of an instruction; return where it leads if it is the last."""
        origin = address * ORIGINS_PER_BYTE
        for step in steps:
            kind = step.kind
            if kind in _JUMPS and step.number in leaders and step.number is not None:
                return (step.number,) if kind is StepKind.JUMP else (step.number, end)
            if step.place.base == "pc":
                offset = end + step.place.offset
                self.steps.append(step._replace(place=MemoryPlace("pc", offset=offset)))
            else:
                self.steps.append(step)
            self.origins.append(origin)
            origin += 1
            if kind in _ENDS:
                return ()
        return None
