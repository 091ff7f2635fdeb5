"""Read the instructions of 64-bit ARM that contain an address relative to their own.

They are the same words everywhere, but mean something else in each place.  Source:
https://developer.arm.com/documentation/ddi0602/latest/Index-by-Encoding
"""

from __future__ import annotations

from abi3build.machine_code.machine_steps import MachineStep, StepKind

__all__ = ["IS_RELATIVE", "relative_step"]


_PAGE = 12
_LINK = 1 << 31
_PAGES = 1 << 31
_ALWAYS_ZERO = 31
"""The number of a register that keeps nothing."""


def relative_step(word: int, address: int) -> tuple[MachineStep, ...]:
    """Return the step of a branch, a call or an address; nothing for other words."""
    kind = _KINDS[word >> 24]
    if kind is None:
        return ()
    if kind is StepKind.JUMP:
        if word & _LINK:
            kind = StepKind.CALL
        return (MachineStep(kind, number=address + 4 * _signed(word, 0, 26)),)
    if kind is StepKind.NUMBER:
        distance = _signed(word, 5, 19) << 2 | word >> 29 & 3
        if word & _PAGES:
            number = (address >> _PAGE) + distance << _PAGE
        else:
            number = address + distance
        if word & _ALWAYS_ZERO == _ALWAYS_ZERO:
            return ()
        return (MachineStep(kind, f"x{word & _ALWAYS_ZERO}", number=number),)
    bits = 14 if word >> 25 & 0x3F == _TEST_BIT else 19
    return (MachineStep(kind, number=address + 4 * _signed(word, 5, bits)),)


_TEST_BIT = 0b011011


def _signed(word: int, low: int, bits: int) -> int:
    number = word >> low & (1 << bits) - 1
    return number - (number >> bits - 1 << bits)


_WHAT = (
    (0b01111100, 0b00010100, StepKind.JUMP),
    (0b00011111, 0b00010000, StepKind.NUMBER),
    (0b11111111, 0b01010100, StepKind.BRANCH),
    (0b01111100, 0b00110100, StepKind.BRANCH),
)
"""Which bits of a word's highest byte are looked at, what they are, and what the word
does: ``b`` and ``bl``, ``adr`` and ``adrp``, ``b`` with a condition, and those that
compare a register or a bit of one with zero."""

_KINDS = tuple(
    next((kind for mask, bits, kind in _WHAT if byte & mask == bits), None)
    for byte in range(256)
)

IS_RELATIVE = tuple(kind is not None for kind in _KINDS)
"""By a word's highest byte, whether the word may name such an address."""
