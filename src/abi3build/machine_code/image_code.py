"""The machine code of one image, decoded function by function and within limits."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from abi3build.machine_code.code_blocks import blocks_of
from abi3build.machine_code.code_decoding import decoder_for
from abi3build.machine_code.known_values import NUMBER, KnownValue
from abi3build.machine_code.machine_steps import StepKind
from abi3build.machine_code.structures import DATETIME

if TYPE_CHECKING:
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.memory import Memory
    from abi3build.machine_code.calling_conventions import Convention
    from abi3build.machine_code.code_blocks import CodeBlock, Instruction
    from abi3build.machine_code.seen_in_functions import FunctionWalk

__all__ = ["BudgetSpentError", "ImageCode"]


WalkKey = tuple[int, tuple[tuple[int, str], ...], bool, bool]

_LARGEST_FUNCTION = 1 << 16
"""In bytes; what is behind that is not looked at."""

_MOST_VISITS = 6
"""How often an instruction may be walked, on average; honest code needs about two."""

_MOST_FUNCTIONS = 256
"""How many are kept taken apart."""

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


_GO_ELSEWHERE = (StepKind.CALL, StepKind.JUMP, StepKind.BRANCH)


class BudgetSpentError(Exception):
    """Stop because an image has used all the time that it may take."""


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
        self._decode = decoder_for(convention)
        self.blocks = lru_cache(maxsize=_MOST_FUNCTIONS)(self._blocks)
        """``_blocks``, whose answers for the newest functions are remembered."""

        self._symbols: dict[int, str] = {}
        self._returns: dict[int, bool] = {}
        self.walks: dict[WalkKey, FunctionWalk | None] = {}
        """What was seen in functions before, by how they were called."""

        self.kept: dict[int, str] = {}
        """The variables of the image in which it keeps something known, and what."""

        self.knows_all_types = False
        """True if it cannot meet objects of its own or of a third module."""

        self.depth = 0
        """How many walks wait for what another function returns."""

    def _blocks(self, start: int) -> dict[int, CodeBlock]:
        """Return the blocks of the function that begins at an address.

        They are sorted by their own addresses.  None means that there is no code.
        Raise ``BudgetSpentError`` when the image has no time left.
        """
        if self.instructions_left <= 0:
            raise BudgetSpentError
        size = self.places.end(start, _LARGEST_FUNCTION) - start
        decoded = self._decoded(start, size)
        self.instructions_left -= len(decoded)
        return blocks_of(decoded)

    def spend_visits(self, count: int) -> None:
        """Take note that some instructions were walked, perhaps once more.

        Raise ``BudgetSpentError`` when the image has no time left.
        """
        self.visits_left -= count
        if self.visits_left < 0:
            raise BudgetSpentError

    def keep(self, address: int, value: KnownValue | None) -> None:
        """Remember what a variable of the image holds, if that is always the same."""
        if value is not None and value.kind == DATETIME and not value.offset:
            self.kept.setdefault(address, DATETIME)
        elif self.kept.get(address) and value != KnownValue(NUMBER):
            self.kept[address] = ""

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
        blocks = self.blocks(start)
        waiting, seen = [start], set()
        while waiting:
            leader = waiting.pop()
            if leader in seen or leader not in blocks:
                continue
            seen.add(leader)
            block = blocks[leader]
            for step in block.steps:
                if step.kind is StepKind.LEAVE and step.number:
                    return True
                if step.kind in _GO_ELSEWHERE:
                    comes_back = self._comes_back(step.number, depth)
                    if step.kind is not StepKind.CALL and comes_back:
                        return True
                    if step.kind is StepKind.CALL and not comes_back:
                        break
            else:
                waiting += block.targets
        return not blocks

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
        decoded = self._decoded(address, _LARGEST_STUB)[:_MOST_STEPS_OF_STUB]
        for where, size, steps in decoded:
            pages["pc"] = where + size
            for step in steps:
                place = step.place
                symbol = self.slots.get(pages.get(place.base, 0) + place.offset, "")
                if step.kind is StepKind.CALL:
                    is_jump = steps[-1].kind is StepKind.LEAVE
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
        return self._decode(data, start)
