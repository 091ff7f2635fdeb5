"""The machine code of one image, taken apart function by function and within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.machine_code.machine_steps import StepKind

if TYPE_CHECKING:
    from collections.abc import Callable

    import capstone

    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.memory import Memory
    from abi3build.machine_code.calling_conventions import Convention
    from abi3build.machine_code.known_values import KnownValue
    from abi3build.machine_code.machine_steps import MachineStep
    from abi3build.machine_code.seen_in_functions import FunctionWalk

__all__ = ["BudgetSpentError", "ImageCode", "Instruction"]


WalkKey = tuple[int, tuple[tuple[int, str], ...], bool]

_LARGEST_FUNCTION = 1 << 16
"""In bytes; what is behind that is not looked at."""

_MOST_VISITS = 6
"""How often an instruction may be walked, on average; honest code needs about two."""

_LARGEST_STUB = 24
_MOST_STEPS_OF_STUB = 5
_DEEPEST_CALLS = 3

_ENDINGS = (
    "abort exit _exit _Exit quick_exit longjmp _longjmp siglongjmp __longjmp_chk"
    " __stack_chk_fail __assert_fail __assert_rtn _assert _wassert terminate"
    " __cxa_throw __cxa_rethrow _Unwind_Resume __cxa_bad_cast __cxa_bad_typeid"
    " __cxa_throw_bad_array_new_length __cxa_pure_virtual __clang_call_terminate"
    " _CxxThrowException __std_terminate __fortify_fail __chk_fail pthread_exit"
    " _Unwind_RaiseException ExitProcess Py_FatalError _Py_FatalErrorFunc Py_Exit"
    " _invalid_parameter_noinfo_noreturn __report_rangecheckfailure _ZSt9terminatev"
)
_NEVER_RETURN = frozenset(_ENDINGS.split())
_NEVER_RETURN_BEGIN = "_ZSt"
_THROWERS = "__throw_"


class BudgetSpentError(Exception):
    """Stop when an image has had as much time as it may take."""


class Instruction(NamedTuple):
    """Describe one instruction."""

    address: int
    size: int
    steps: tuple[MachineStep, ...]


class _NeverReturning:
    """Tell the functions from outside that never come back, by their names."""

    def __contains__(self, symbol: str) -> bool:
        is_thrower = symbol.startswith(_NEVER_RETURN_BEGIN) and _THROWERS in symbol
        return symbol in _NEVER_RETURN or is_thrower


class ImageCode:
    """Return functions as instructions, and what addresses in them mean."""

    never_return = _NeverReturning()

    def __init__(
        self,
        memory: Memory,
        places: CodePlaces,
        convention: Convention,
        most_instructions: int,
    ) -> None:
        self.memory = memory
        self.places = places
        self.slots = places.slots
        self.convention = convention
        self.instructions_left = most_instructions
        self.visits_left = _MOST_VISITS * most_instructions
        self._disassembler, self._steps_of = _disassembler(convention)
        self._instructions: dict[int, list[Instruction]] = {}
        self._symbols: dict[int, str] = {}
        self._returns: dict[int, bool] = {}
        self.walks: dict[WalkKey, FunctionWalk | None] = {}
        """What was seen in functions before, by how they were called."""

        self.knows_all_types = False
        """True if it cannot meet objects of its own or of a third module."""

        self.depth = 0
        """How many walks wait for what another function returns."""

    def instructions(self, start: int) -> list[Instruction]:
        """Return the instructions of the function that begins at an address.

        Raise ``BudgetSpentError`` when the image has no time left.
        """
        found = self._instructions.get(start)
        if found is None:
            if self.instructions_left <= 0:
                raise BudgetSpentError
            size = self.places.end(start, _LARGEST_FUNCTION) - start
            found = self._decoded(start, size)
            self.instructions_left -= len(found)
            self._instructions[start] = found
        return found

    def spend_visits(self, count: int) -> None:
        """Take note that some instructions were walked, perhaps once more.

        Raise ``BudgetSpentError`` when the image has no time left.
        """
        self.visits_left -= count
        if self.visits_left < 0:
            raise BudgetSpentError

    def symbol_at(self, address: int) -> str:
        """Return the symbol to which code at an address only jumps on, or nothing."""
        symbol = self.places.stubs.get(address)
        if symbol is None:
            symbol = self._symbols.get(address)
        if symbol is None:
            symbol = self._symbols[address] = self._stub(address)
        return symbol

    def symbol_of(self, value: KnownValue) -> str:
        """Return the symbol from outside that a value is the address of, or nothing."""
        return self.slots.get(value.origin, "")

    def text(self, address: int, longest: int) -> str:
        """Return the text at an address; nothing if there is none."""
        place = self.memory.offset(address, 1)
        if place is None:
            return ""
        window = self.memory.window
        start = window.start + place
        end = window.data.find(b"\0", start, start + longest)
        return window.data[start : max(start, end)].decode("ascii", "replace")

    def returns(self, address: int | None, depth: int = _DEEPEST_CALLS) -> bool:
        """Tell whether a function may come back, as far as is easily seen."""
        if address is None or depth == 0:
            return True
        known = self._returns.get(address)
        if known is None:
            # A function that calls itself before it returns is taken to return.
            self._returns[address] = True
            known = self._returns[address] = self._may_return(address, depth)
        return known

    def _may_return(self, start: int, depth: int) -> bool:
        instructions = self.instructions(start)
        numbers = {each.address: number for number, each in enumerate(instructions)}
        waiting, seen = [0], set()
        while waiting:
            number = waiting.pop()
            while number < len(instructions) and number not in seen:
                seen.add(number)
                goes_on = True
                for step in instructions[number].steps:
                    if self._leaves(step, numbers, depth):
                        return True
                    if step.kind in {StepKind.JUMP, StepKind.BRANCH}:
                        waiting += [numbers.get(step.number or 0, len(instructions))]
                    goes_on = goes_on and self._goes_on(step, depth)
                if not goes_on:
                    break
                number += 1
        return not instructions

    def _leaves(self, step: MachineStep, numbers: dict[int, int], depth: int) -> bool:
        """Tell whether a step brings a function back to its caller."""
        if step.kind is StepKind.LEAVE:
            return bool(step.number)
        if step.kind not in {StepKind.JUMP, StepKind.BRANCH}:
            return False
        return step.number not in numbers and self._comes_back(step.number, depth)

    def _goes_on(self, step: MachineStep, depth: int) -> bool:
        """Tell whether the next instruction may run after a step."""
        if step.kind is StepKind.CALL:
            return self._comes_back(step.number, depth)
        return step.kind not in {StepKind.JUMP, StepKind.LEAVE}

    def _comes_back(self, target: int | None, depth: int) -> bool:
        if target is None:
            return True
        symbol = self.symbol_at(target)
        if symbol:
            return symbol not in self.never_return
        return self.returns(target, depth - 1)

    def _stub(self, address: int) -> str:
        """Read code that may be a stub: it only loads a slot and jumps there."""
        pages: dict[str, int] = {}
        loaded: dict[str, str] = {}
        for each in self._decoded(address, _LARGEST_STUB)[:_MOST_STEPS_OF_STUB]:
            pages["pc"] = each.address + each.size
            for step in each.steps:
                place = step.place
                symbol = self.slots.get(pages.get(place.base, 0) + place.offset, "")
                if step.kind is StepKind.CALL:
                    is_jump = each.steps[-1].kind is StepKind.LEAVE
                    return (loaded.get(step.source) or symbol) if is_jump else ""
                if step.kind is StepKind.NUMBER and step.number is not None:
                    pages[step.target] = step.number
                elif step.kind is StepKind.LOAD and symbol:
                    loaded[step.target] = symbol
                elif step.kind not in {StepKind.MOVE, StepKind.ADD}:
                    return ""
        return ""

    def _decoded(self, start: int, size: int) -> list[Instruction]:
        part = next(
            (
                part
                for part in self.memory.parts
                if part.is_code and 0 <= start - part.address < part.size
            ),
            None,
        )
        if part is None:
            return []
        window = self.memory.window
        first = window.start + part.offset + start - part.address
        size = min(size, part.address + part.size - start)
        data = window.data[first : first + size]
        steps_of = self._steps_of
        return [
            Instruction(address, length, steps_of(mnemonic, operands))
            for address, length, mnemonic, operands in self._disassembler.disasm_lite(
                data, start
            )
        ]


def _disassembler(
    convention: Convention,
) -> tuple[capstone.Cs, Callable[[str, str], tuple[MachineStep, ...]]]:
    import capstone

    if convention.is_arm:
        from abi3build.machine_code.arm_steps import arm_steps

        machine = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)
        return machine, arm_steps
    from abi3build.machine_code.x86_steps import x86_steps

    return capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64), x86_steps
