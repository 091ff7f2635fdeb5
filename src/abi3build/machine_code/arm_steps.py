"""Turn instructions of 64-bit ARM, as a disassembler spells them, into steps.

Source of what each instruction writes: the manual of the architecture,
https://developer.arm.com/documentation/ddi0602/latest/Base-Instructions
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from abi3build.machine_code.machine_steps import (
    NO_PLACE,
    MachineStep,
    MemoryPlace,
    StepKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["arm_steps"]


_OPERAND = re.compile(r"\[[^\]]*\]!?|\{[^}]*\}|[^,\s][^,]*")
_WHOLE = re.compile(r"x([12]?\d|30)|sp")
_PART = re.compile(r"w([12]?\d|30)")
_RETURNS = {"ret", "retaa", "retab", "eret"}
_TRAPS = {"brk", "udf", "hlt"}
_NOTHING = (
    "cmp",
    "cmn",
    "tst",
    "ccm",
    "nop",
    "hint",
    "bti",
    "pac",
    "aut",
    "prf",
    "dmb",
)
_NOTHING_TOO = ("fcmp", "fccm", "isb", "dsb", "yield", "msr", "xpac", "clrex")
_WORDS = {"ldr", "ldur", "ldp", "str", "stur", "stp", "ldar", "ldapr", "stlr", "ldnp"}
_EXCHANGES = {"cas", "casa", "casl", "casal", "stxr", "stlxr"}
"""What stores its second register, unless another thread was faster."""

_WORD = 8


@lru_cache(maxsize=1 << 16)
def arm_steps(mnemonic: str, operands: str) -> tuple[MachineStep, ...]:
    """Return what an instruction does, in this order."""
    given = _OPERAND.findall(operands)
    if mnemonic in _RETURNS or mnemonic in _TRAPS:
        return (MachineStep(StepKind.LEAVE, number=int(mnemonic in _RETURNS)),)
    flow = _flow(mnemonic, given)
    if flow:
        return flow
    if mnemonic.startswith((*_NOTHING, *_NOTHING_TOO)) or not given:
        return _compared(mnemonic, given)
    bracket = next((n for n, each in enumerate(given) if each[0] == "["), None)
    if bracket is not None:
        return tuple(_access(mnemonic, given, bracket))
    target = _whole(given[0])
    if not target:
        return ()
    return tuple(_calculated(mnemonic, given, target))


def _compared(mnemonic: str, given: list[str]) -> tuple[MachineStep, ...]:
    is_comparison = mnemonic in {"cmp", "ccmp"}
    if is_comparison and _WHOLE.fullmatch(given[0]) and _WHOLE.fullmatch(given[1]):
        return (MachineStep(StepKind.COMPARE, given[0], given[1]),)
    return ()


def _flow(mnemonic: str, given: list[str]) -> tuple[MachineStep, ...]:
    """Return what an instruction does that goes elsewhere; nothing for others."""
    if mnemonic == "bl":
        return (MachineStep(StepKind.CALL, number=_number(given[0])),)
    if mnemonic == "b":
        return (MachineStep(StepKind.JUMP, number=_number(given[0])),)
    if mnemonic.startswith(("b.", "bc.", "cbz", "cbnz", "tbz", "tbnz")):
        return (MachineStep(StepKind.BRANCH, number=_number(given[-1])),)
    if mnemonic.startswith(("blr", "br")):
        call = MachineStep(StepKind.CALL, source=_whole(given[0]))
        # Without a link, it is the last call of a function, or a table of a switch,
        # which is not followed.
        leave = MachineStep(StepKind.LEAVE, number=1)
        return (call,) if mnemonic.startswith("blr") else (call, leave)
    return ()


def _calculated(mnemonic: str, given: list[str], target: str) -> list[MachineStep]:
    is_whole = _WHOLE.fullmatch(given[0]) is not None
    if mnemonic in {"adrp", "adr"}:
        return [MachineStep(StepKind.NUMBER, target, number=_number(given[1]))]
    if mnemonic in {"mov", "movz"} and len(given) == len("ab"):
        number = 0 if given[1] in {"xzr", "wzr"} else _number(given[1])
        if number is not None:
            return [MachineStep(StepKind.NUMBER, target, number=number)]
        if is_whole and _WHOLE.fullmatch(given[1]):
            return [MachineStep(StepKind.MOVE, target, given[1])]
    if mnemonic == "csel" and is_whole:
        return list(_either(target, given[1], given[2]))
    if mnemonic in {"add", "sub"} and is_whole and _WHOLE.fullmatch(given[1]):
        number = _number(given[2])
        if number is not None:
            if given[3:] == ["lsl #12"] or given[3:] == ["lsl #0xc"]:
                number <<= 12
            number = -number if mnemonic == "sub" else number
            return [
                MachineStep(StepKind.MOVE, target, given[1]),
                MachineStep(StepKind.ADD, target, number=number),
            ]
    return [MachineStep(StepKind.FORGET, target)]


def _either(target: str, one: str, two: str) -> Iterator[MachineStep]:
    """Yield what ``csel`` does; a null is not told from nothing."""
    if target == two:
        one, two = two, one
    if one == "xzr":
        one, two = two, one
    if target != one:
        yield MachineStep(StepKind.MOVE, target, one)
    if two != "xzr":
        yield MachineStep(StepKind.EITHER, target, two)


def _access(mnemonic: str, given: list[str], bracket: int) -> list[MachineStep]:
    """Return what an instruction does that names memory."""
    place = _place(given[bracket])
    registers = given[:bracket]
    after = _number(given[bracket + 1]) if len(given) > bracket + 1 else None
    steps: list[MachineStep] = []
    if given[bracket].endswith("!"):
        steps.append(MachineStep(StepKind.ADD, place.base, number=place.offset))
        place = place._replace(offset=0)
    if mnemonic in _WORDS:
        steps += _words(mnemonic, registers, place)
    elif mnemonic.startswith("st") and "x" not in mnemonic:
        steps.append(MachineStep(StepKind.STORE, place=place))
    else:
        steps.append(MachineStep(StepKind.READ, place=place))
        if mnemonic in _EXCHANGES and _WHOLE.fullmatch(registers[1]):
            kind = StepKind.EXCHANGE
            steps.append(MachineStep(kind, source=registers[1], place=place))
        elif not mnemonic.startswith("ld") or mnemonic.startswith(("ldadd", "ldset")):
            steps.append(MachineStep(StepKind.STORE, place=place))
        forgotten = filter(None, map(_whole, registers))
        steps += [MachineStep(StepKind.FORGET, each) for each in forgotten]
    if after is not None:
        steps.append(MachineStep(StepKind.ADD, place.base, number=after))
    return steps


def _words(
    mnemonic: str, registers: list[str], place: MemoryPlace
) -> list[MachineStep]:
    """Return what an instruction does that moves one or two registers."""
    steps: list[MachineStep] = []
    loaded = []
    for number, register in enumerate(registers):
        is_whole = _WHOLE.fullmatch(register) is not None
        size = _size(register)
        at = place._replace(offset=place.offset + number * size, size=size)
        if mnemonic.startswith("st"):
            source = register if is_whole else ""
            steps.append(MachineStep(StepKind.STORE, source=source, place=at))
        else:
            kind = StepKind.LOAD if is_whole else StepKind.READ
            loaded.append(MachineStep(kind, _whole(register), place=at))
    # The second word is read before the base, which may be the first target, is lost.
    if loaded and loaded[0].target == place.base:
        loaded.reverse()
    return steps + loaded


def _size(register: str) -> int:
    return {"w": 4, "s": 4, "b": 1, "h": 2, "q": 16}.get(register[0], _WORD)


def _whole(register: str) -> str:
    if _WHOLE.fullmatch(register):
        return register
    return f"x{register[1:]}" if _PART.fullmatch(register) else ""


def _number(operand: str) -> int | None:
    try:
        return int(operand.removeprefix("#"), 0)
    except ValueError:
        return None


def _place(operand: str) -> MemoryPlace:
    inner = [each.strip() for each in operand.strip("[]!").split(",")]
    base = _whole(inner[0])
    if not base:
        return NO_PLACE
    if len(inner) == 1:
        return MemoryPlace(base, size=64)
    number = _number(inner[1])
    if number is not None:
        return MemoryPlace(base, offset=number, size=64)
    return MemoryPlace(base, index_register=_whole(inner[1]) or inner[1], size=64)
