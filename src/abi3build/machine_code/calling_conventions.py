"""Which registers functions get their arguments in, and which ones they keep.

Sources: https://gitlab.com/x86-psABIs/x86-64-ABI,
https://learn.microsoft.com/en-us/cpp/build/x64-calling-convention,
https://github.com/ARM-software/abi-aa/blob/main/aapcs64/aapcs64.rst and, for what macOS
does otherwise,
https://developer.apple.com/documentation/xcode/writing-arm64-code-for-apple-platforms
"""

from __future__ import annotations

from typing import NamedTuple

from abi3build.binaries.image import BinaryFormat
from abi3build.machine_code.known_values import STACK, UNKNOWN, KnownState, KnownValue

__all__ = ["Convention", "convention_of", "entry_state"]


class Convention(NamedTuple):
    """Say how functions call each other on one system."""

    arguments: tuple[str, ...]
    result: str
    kept: frozenset[str]
    """The registers that a function leaves as they were."""

    stack: str
    stack_arguments: int = 0
    """Where the other arguments begin, from the stack's pointer at the call on."""

    variadic_on_stack: bool = False
    """True if the arguments behind the named ones are never in registers."""

    is_arm: bool = False


_X86_KEPT = "rbx rbp rsp r12 r13 r14 r15"
_SYSTEM_V = Convention(
    ("rdi", "rsi", "rdx", "rcx", "r8", "r9"), "rax", frozenset(_X86_KEPT.split()), "rsp"
)
_WINDOWS = Convention(
    ("rcx", "rdx", "r8", "r9"),
    "rax",
    frozenset(f"{_X86_KEPT} rsi rdi".split()),
    "rsp",
    stack_arguments=32,
)
_ARM = Convention(
    tuple(f"x{number}" for number in range(8)),
    "x0",
    frozenset(("sp", *(f"x{number}" for number in range(18, 30)))),
    "sp",
    is_arm=True,
)
_MACHINES = {"x86_64": _SYSTEM_V, "aarch64": _ARM, "arm64": _ARM}


def convention_of(machine: str, file_format: BinaryFormat) -> Convention | None:
    """Return how the functions of an image call each other; None if it is unknown."""
    found = _MACHINES.get(machine)
    if found is _SYSTEM_V and file_format is BinaryFormat.PE:
        return _WINDOWS
    if found is _ARM and file_format is BinaryFormat.MACH_O:
        return _ARM._replace(variadic_on_stack=True)
    return found


def entry_state(
    convention: Convention, arguments: tuple[tuple[int, str], ...]
) -> KnownState:
    """Return what is known where a function begins, given what some arguments are."""
    state = KnownState()
    for number, register in enumerate(convention.arguments):
        # No instruction is there: each argument is its own unknown.
        state.registers[register] = KnownValue(UNKNOWN, 0, -1 - number)
    state.registers[convention.stack] = KnownValue(STACK)
    place = convention.stack_arguments + (0 if convention.is_arm else 8)
    for number, kind in arguments:
        if number < len(convention.arguments):
            state.registers[convention.arguments[number]] = KnownValue(kind)
        else:
            beyond = number - len(convention.arguments)
            state.slots[place + 8 * beyond] = KnownValue(kind)
    return state
