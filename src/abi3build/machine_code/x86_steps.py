"""Turn instructions of x86_64, as a disassembler spells them, into steps.

Source of what each instruction writes: the manual of Intel, volume 2,
https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html
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

__all__ = ["x86_steps"]


def _parts(name: str) -> dict[str, str]:
    """Return the register of 64 bits by each name of a part of it."""
    if name[1:].isdigit():
        return {f"{name}{part}": name for part in "dwb"}
    letter = name[1:]
    low = letter[0] if letter.endswith("x") else letter
    return {f"e{letter}": name, letter: name, f"{low}l": name, f"{low}h": name}


_REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15"
_WHOLE = frozenset(_REGISTERS.split())
_PART_OF = {part: name for each in _WHOLE for part, name in _parts(each).items()}
_SIZES = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "xmmword": 16, "ymmword": 32}
_LARGEST = 64
_MEMORY = re.compile(r"(?:(\w+) ptr )?(?:(\w\w):)?\[(.*)\]")
_TERM = re.compile(r"([+-]?) ?(?:(\w+)\*(\d)|(0x[0-9a-f]+|\d+)|(\w+))")
_PREFIXES = ("lock ", "rep ", "repe ", "repne ", "bnd ", "notrack ", "data16 ")
_RETURNS = {"ret", "retf", "iretq"}
_TRAPS = {"ud2", "ud1", "ud0", "hlt", "int3", "int"}
_READERS = (
    "cmp",
    "test",
    "bt",
    "comis",
    "ucomis",
    "vcomis",
    "vucomis",
    "ptest",
    "vptest",
)
_NOTHING = ("nop", "fnop", "prefetch", "endbr", "pause", "mfence", "lfence", "sfence")
"""Those that read no memory, even if they name some: ``nop`` fills gaps."""

_WRITERS = {"bts", "btr", "btc", "cmpxchg", "cmpxchg8b", "cmpxchg16b"}
"""Those that begin like one which only reads."""

_IMPLICIT = {
    "mul": "rax rdx",
    "div": "rax rdx",
    "idiv": "rax rdx",
    "cdq": "rdx",
    "cqo": "rdx",
    "cwd": "rdx",
    "cdqe": "rax",
    "cwde": "rax",
    "cbw": "rax",
    "cpuid": "rax rbx rcx rdx",
    "rdtsc": "rax rdx",
    "rdtscp": "rax rcx rdx",
    "xgetbv": "rax rdx",
    "syscall": "rax rcx r11",
    "cmpxchg": "rax",
    "cmpxchg8b": "rax rdx",
    "cmpxchg16b": "rax rdx",
    "lahf": "rax",
    "loop": "rcx",
}
_STRINGS = re.compile(r"(movs|stos|scas|cmps|lods)[bwdq]?")
_STRING_REGISTERS = "rax rcx rsi rdi"


@lru_cache(maxsize=1 << 16)
def x86_steps(mnemonic: str, operands: str) -> tuple[MachineStep, ...]:
    """Return what an instruction does, in this order."""
    for prefix in _PREFIXES:
        mnemonic = mnemonic.removeprefix(prefix)
    given = operands.split(", ") if operands else []
    if mnemonic in _RETURNS or mnemonic in _TRAPS:
        return (MachineStep(StepKind.LEAVE, number=int(mnemonic in _RETURNS)),)
    if mnemonic[0] == "j" or mnemonic == "call":
        return _flow(mnemonic, given[0])
    if mnemonic in {"push", "pop", "leave"}:
        return _stack(mnemonic, given)
    if mnemonic in {"mov", "movabs"}:
        return _moved(*given)
    return _calculated(mnemonic, given) or tuple(_others(mnemonic, given))


def _calculated(mnemonic: str, given: list[str]) -> tuple[MachineStep, ...]:
    """Return what an instruction does that makes an address or a known number."""
    kind, number, place = None, None, NO_PLACE
    if mnemonic == "lea":
        kind, place = StepKind.ADDRESS, _memory(given[1]) or NO_PLACE
    elif mnemonic in {"add", "sub"}:
        number = _number(given[1])
        if number is not None:
            kind, number = StepKind.ADD, -number if mnemonic == "sub" else number
    elif mnemonic.startswith("cmov"):
        source = given[1] if given[1] in _WHOLE else ""
        place = _memory(given[1]) or NO_PLACE
        return tuple(_either(given[0], source, place))
    elif mnemonic == "cmp" and given[0] in _WHOLE and given[1] in _WHOLE:
        return (MachineStep(StepKind.COMPARE, given[0], given[1]),)
    elif mnemonic == "and" and given[0] == "rsp":
        kind = StepKind.ALIGN
    elif mnemonic == "xor" and given[0] == given[1] and _register(given[0]):
        return (MachineStep(StepKind.NUMBER, _register(given[0]), number=0),)
    if kind is None or given[0] not in _WHOLE:
        return ()
    return (MachineStep(kind, given[0], place=place, number=number),)


def _either(target: str, source: str, place: MemoryPlace) -> Iterator[MachineStep]:
    if target in _WHOLE:
        yield MachineStep(StepKind.EITHER, target, source, place)
        return
    if place is not NO_PLACE:
        yield MachineStep(StepKind.READ, place=place)
    yield MachineStep(StepKind.FORGET, _register(target))


def _flow(mnemonic: str, target: str) -> tuple[MachineStep, ...]:
    number, place = _number(target), _memory(target)
    call = MachineStep(
        StepKind.CALL,
        source=target if target in _WHOLE else "",
        place=place or NO_PLACE,
        number=number,
    )
    if mnemonic == "call":
        return (call,)
    if number is None:
        # The last call of a function, or a table of a switch, which is not followed.
        return (call, MachineStep(StepKind.LEAVE, number=1))
    kind = StepKind.JUMP if mnemonic == "jmp" else StepKind.BRANCH
    return (MachineStep(kind, number=number),)


def _stack(mnemonic: str, given: list[str]) -> tuple[MachineStep, ...]:
    top = MemoryPlace("rsp")
    if mnemonic == "push":
        place = _memory(given[0])
        read = (MachineStep(StepKind.READ, place=place),) if place else ()
        source = given[0] if given[0] in _WHOLE else ""
        return (
            *read,
            MachineStep(StepKind.ADD, "rsp", number=-8),
            MachineStep(StepKind.STORE, source=source, place=top),
        )
    if mnemonic == "pop":
        target = given[0] if given[0] in _WHOLE else ""
        return (
            MachineStep(StepKind.LOAD, target, place=top),
            MachineStep(StepKind.ADD, "rsp", number=8),
        )
    return (
        MachineStep(StepKind.MOVE, "rsp", "rbp"),
        MachineStep(StepKind.LOAD, "rbp", place=top),
        MachineStep(StepKind.ADD, "rsp", number=8),
    )


def _moved(target: str, source: str) -> tuple[MachineStep, ...]:
    place = _memory(target)
    if place:
        whole = source if source in _WHOLE else ""
        return (MachineStep(StepKind.STORE, source=whole, place=place),)
    place, number, register = _memory(source), _number(source), _register(target)
    if place:
        kind = StepKind.LOAD if target in _WHOLE else StepKind.READ
        return (MachineStep(kind, register, place=place),)
    if number is not None and register:
        return (MachineStep(StepKind.NUMBER, register, number=number),)
    if target in _WHOLE and source in _WHOLE:
        return (MachineStep(StepKind.MOVE, target, source),)
    return (MachineStep(StepKind.FORGET, register),) if register else ()


def _others(mnemonic: str, given: list[str]) -> list[MachineStep]:
    """Return what most instructions do: they read memory and write one register."""
    if mnemonic.startswith(_NOTHING):
        return []
    places = [(number, _memory(each)) for number, each in enumerate(given)]
    steps = [
        MachineStep(StepKind.READ, place=place)
        for _, place in places
        if place and mnemonic != "lea"
    ]
    is_string = _STRINGS.fullmatch(mnemonic) and len(given) != 2 + 1
    if is_string and not any("xmm" in each for each in given):
        forgotten = _STRING_REGISTERS
    else:
        is_wide = mnemonic == "imul" and len(given) == 1
        forgotten = _IMPLICIT.get("mul" if is_wide else mnemonic, "")
    steps += [MachineStep(StepKind.FORGET, each) for each in forgotten.split()]
    only_reads = mnemonic.startswith(_READERS)
    if only_reads and mnemonic not in _WRITERS:
        return steps
    both = mnemonic in {"xchg", "xadd", "mulx"}
    for number, place in places[: 2 if both else 1]:
        register = _register(given[number])
        if place and mnemonic == "cmpxchg" and given[1] in _WHOLE:
            steps.append(MachineStep(StepKind.EXCHANGE, source=given[1], place=place))
        elif place:
            steps.append(MachineStep(StepKind.STORE, place=place))
        elif register:
            steps.append(MachineStep(StepKind.FORGET, register))
    return steps


def _register(operand: str) -> str:
    return operand if operand in _WHOLE else _PART_OF.get(operand, "")


def _number(operand: str) -> int | None:
    try:
        return int(operand, 0)
    except ValueError:
        return None


def _memory(operand: str) -> MemoryPlace | None:
    """Return the memory that an operand names; None for a register or a number."""
    match = _MEMORY.search(operand)
    if match is None:
        return None
    size, segment, inner = match.groups()
    width = _SIZES.get(size, _LARGEST)
    if segment in {"fs", "gs"}:
        return NO_PLACE
    base = index = ""
    offset = 0
    for sign, scaled, _, number, name in _TERM.findall(inner):
        if number:
            offset += -int(number, 0) if sign == "-" else int(number, 0)
        elif scaled or base:
            index = scaled or name
        else:
            base = "pc" if name == "rip" else name
    return MemoryPlace(base, index, offset, width)
