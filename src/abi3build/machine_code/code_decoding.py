"""Decode code into instructions, with capstone."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.machine_code.calling_conventions import Convention
    from abi3build.machine_code.code_blocks import Instruction
    from abi3build.machine_code.machine_steps import MachineStep

__all__ = ["Decode", "decoder_for"]


Decode = Callable[[bytes, int], "list[Instruction]"]
"""Return the instructions in bytes that begin at an address, up to what is none."""


def decoder_for(convention: Convention) -> Decode:
    """Return a function that decodes code for one kind of processor."""
    return _decode_arm() if convention.is_arm else _decode_x86()


def _decode_x86() -> Decode:
    import capstone

    from abi3build.machine_code.x86_steps import x86_steps

    disassembler = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)

    def decode(code: bytes, start: int) -> list[Instruction]:
        """Return the instructions up to the first byte that begins none."""
        return [
            (address, size, x86_steps(mnemonic, operands))
            for address, size, mnemonic, operands in disassembler.disasm_lite(
                code, start
            )
        ]

    return decode


_WORD = 4
_MOST_WORDS = 1 << 18
"""How many different ones are remembered."""


def _decode_arm() -> Decode:
    """Return a function that decodes each word once, since all have the same size."""
    import capstone

    from abi3build.machine_code.arm_branches import IS_RELATIVE, relative_step
    from abi3build.machine_code.arm_steps import arm_steps

    disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)
    known: dict[int, tuple[MachineStep, ...] | None] = {}

    def learn(words: Iterable[int]) -> None:
        """Take words apart, and remember None for each that is no instruction."""
        waiting = array("I", words)
        code = memoryview(waiting).cast("B")
        number = 0
        while number < len(waiting):
            rest = bytes(code[number * _WORD :])
            for _, _, mnemonic, operands in disassembler.disasm_lite(rest, 0):
                known[waiting[number]] = arm_steps(mnemonic, operands)
                number += 1
            if number < len(waiting):
                known[waiting[number]] = None
                number += 1

    def decode(code: bytes, start: int) -> list[Instruction]:
        """Return the instructions up to the first word that is none."""
        words = array("I")
        words.frombytes(code[: len(code) // _WORD * _WORD])
        if len(known) > _MOST_WORDS:
            known.clear()
        learn(sorted(set(words).difference(known)))
        found = []
        address = start
        for word in words:
            steps = known[word]
            if IS_RELATIVE[word >> 24]:
                steps = relative_step(word, address) or steps
            if steps is None:
                break
            found.append((address, _WORD, steps))
            address += _WORD
        return found

    return decode
