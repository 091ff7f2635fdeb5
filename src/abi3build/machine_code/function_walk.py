"""Follow objects through one function, forward, on every way through it.

What is known at the beginning of a block is what is true on all ways that lead to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.machine_code.api_calls import after_api_call, keeps_no_address
from abi3build.machine_code.known_values import (
    IMPORT,
    NUMBER,
    STACK,
    UNKNOWN,
    KnownState,
    KnownValue,
)
from abi3build.machine_code.machine_steps import StepKind
from abi3build.machine_code.object_functions import kind_of_data
from abi3build.machine_code.seen_in_functions import LocalCall, SeenInBlock, joined
from abi3build.machine_code.structures import (
    BYTES,
    ITEMS,
    LIST,
    OBJECT,
    OBJECT_KINDS,
    TUPLE,
    TYPE,
    field_of_any,
    hidden_field,
)

if TYPE_CHECKING:
    from abi3build.machine_code.image_code import ImageCode, Instruction
    from abi3build.machine_code.machine_steps import MachineStep, MemoryPlace
    from abi3build.machine_code.seen_in_functions import FunctionWalk

__all__ = ["walk_function"]


_MOST_VISITS = 12
"""How often a block is walked at the most; what is known only ever gets less."""

_DEEPEST_WALKS = 5
"""How many calls deep it is asked what a function returns."""

_TYPE_PLACE = 8
_ITEMS_PLACE = 24
_CONTENTS = {BYTES: (32,), TUPLE: (24, 32)}
"""Where the contents begin that are in the object itself: of tuples in 3.14 later."""


def walk_function(
    code: ImageCode,
    start: int,
    arguments: tuple[tuple[int, str], ...],
    *,
    strict: bool = False,
) -> FunctionWalk | None:
    """Return what is seen in a function; None while it is being walked already.

    Where it is strict, calls of functions that never return end a way, at some cost.
    """
    key = start, arguments, strict
    walks = code.walks
    if key not in walks:
        # What calls itself returns nothing that is known.
        walks[key] = None
        code.depth += 1
        walks[key] = _Walker(code, start, strict=strict).walk(arguments)
        code.depth -= 1
    return walks[key]


class _Walker:
    def __init__(self, code: ImageCode, start: int, *, strict: bool) -> None:
        self.code = code
        self.start = start
        self.strict = strict
        self.state = KnownState()
        self.seen = SeenInBlock()
        self.address = self.after = start

    def walk(self, arguments: tuple[tuple[int, str], ...]) -> FunctionWalk:
        """Follow all ways through the function; return what was seen on them."""
        instructions = self.code.instructions(self.start)
        self.numbers = {each.address: n for n, each in enumerate(instructions)}
        leaders = {self.start}
        for each in instructions:
            for step in each.steps:
                if step.kind in {StepKind.JUMP, StepKind.BRANCH} and step.number:
                    leaders.add(step.number)
        results: dict[int, SeenInBlock] = {}
        self.states = {self.start: self._entry(arguments)}
        self.visits: dict[int, int] = {}
        waiting = [self.start]
        while waiting and instructions:
            leader = waiting.pop()
            self.visits[leader] = self.visits.get(leader, 0) + 1
            self.state = self.states[leader].copy()
            self.seen = results[leader] = SeenInBlock()
            targets = self._run(instructions, leader, leaders)
            walked = self.numbers[self.address] - self.numbers[leader] + 1
            self.code.spend_visits(walked)
            for target in targets:
                if self._learns(target) and target not in waiting:
                    waiting.append(target)
        return joined(results)

    def _learns(self, target: int) -> bool:
        """Bring what is known to a block; tell whether it has to be walked again."""
        known = self.states.get(target)
        if known is None:
            self.states[target] = self.state.copy()
            return True
        if not known.meet(self.state):
            return False
        visits = self.visits.get(target, 0)
        if visits >= _MOST_VISITS:
            self.states[target] = KnownState()
        return visits <= _MOST_VISITS

    def _entry(self, arguments: tuple[tuple[int, str], ...]) -> KnownState:
        state = KnownState()
        convention = self.code.convention
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

    def _run(
        self, instructions: list[Instruction], leader: int, leaders: set[int]
    ) -> list[int]:
        """Walk one block; return where the next ones begin."""
        targets: list[int] = []
        for number in range(self.numbers[leader], len(instructions)):
            each = instructions[number]
            self.address = each.address
            if each.address != leader and each.address in leaders:
                return [*targets, each.address]
            self.after = each.address + each.size
            for step in each.steps:
                if step.kind in _FLOW:
                    if not self._goes_on(step, targets):
                        return targets
                else:
                    _STEPS[step.kind](self, step)
            if number + 1 < len(instructions) and targets:
                return [*targets, self.after]
        return targets

    def _goes_on(self, step: MachineStep, targets: list[int]) -> bool:
        """Follow what changes the order; tell whether the next instruction may run."""
        if step.kind is StepKind.CALL:
            return self._call(step)
        if step.kind is StepKind.LEAVE:
            if step.number:
                self._return()
            return False
        if step.number in self.numbers:
            targets.append(step.number)
        elif step.kind is StepKind.JUMP and self._call(step):
            self._return()
        return step.kind is StepKind.BRANCH

    def _return(self) -> None:
        registers = self.state.registers
        self.seen.returned.append(registers.get(self.code.convention.result))

    def _place_value(self, place: MemoryPlace) -> KnownValue | None:
        """Return the address that a place is, as far as it is known."""
        if place.base == "pc":
            return KnownValue(NUMBER, self.after + place.offset)
        value = self.state.registers.get(place.base)
        if place.index_register:
            other = self.state.registers.get(place.index_register)
            if (value is None or value.kind == UNKNOWN) and other is not None:
                value = other
            if value is None or value.kind not in OBJECT_KINDS | {ITEMS}:
                return None
        if value is None or not place.offset:
            return value
        return KnownValue(value.kind, value.offset + place.offset, value.origin)

    def _look(self, place: MemoryPlace) -> KnownValue | None:
        """Note a field of an object that is reached for; return the place."""
        at = self._place_value(place)
        if at is None or at.kind not in OBJECT_KINDS:
            return at
        self.seen.has_objects = True
        if place.index_register and at.kind in {OBJECT, TYPE, LIST}:
            return None
        if place.index_register and at.kind == TUPLE:
            # Compilers add the items' place to the index as well as to the address.
            at = at._replace(offset=max(at.offset, _ITEMS_PLACE))
        self._note(at)
        return at

    def _loaded(self, place: MemoryPlace) -> KnownValue | None:
        at = self._look(place)
        if at is not None and at.kind == STACK:
            return self._stacked(at.offset)
        known = self._pointed_to(at) if at is not None else None
        return known or self.state.fresh(self.address)

    def _pointed_to(self, at: KnownValue) -> KnownValue | None:
        """Return what is known of a word at an address."""
        kind = ""
        if at.kind == NUMBER:
            symbol = self.code.slots.get(at.offset)
            if symbol is not None:
                return KnownValue(kind_of_data(symbol) or IMPORT, 0, at.offset)
        elif at.kind == ITEMS or (at.kind == TUPLE and at.offset >= _ITEMS_PLACE):
            kind = OBJECT
        elif at.kind == LIST and at.offset == _ITEMS_PLACE:
            kind = ITEMS
        elif at.kind in OBJECT_KINDS and at.offset == _TYPE_PLACE:
            kind = TYPE
        return KnownValue(kind) if kind else None

    def _stacked(self, offset: int) -> KnownValue:
        value = self.state.slots.get(offset)
        if value is None:
            value = self.state.fresh(self.address)
            self.state.slots[offset] = value
        return value

    def _move(self, step: MachineStep) -> None:
        self.state.fill(step.target, self.state.registers.get(step.source))

    def _number(self, step: MachineStep) -> None:
        number = step.number
        value = None if number is None else KnownValue(NUMBER, number)
        self.state.fill(step.target, value)

    def _address(self, step: MachineStep) -> None:
        value = self._place_value(step.place)
        self._point(value)
        if step.place.index_register:
            value = None
        self.state.fill(step.target, value)

    def _point(self, value: KnownValue | None) -> None:
        """Note a pointer to the contents of an object, which only its macros make."""
        if value is not None and value.offset in _CONTENTS.get(value.kind, ()):
            self._note(value)
        # The head of no object ends there, but that of one with a size.
        if value is not None and value.kind == OBJECT and value.offset > _ITEMS_PLACE:
            self._note(value)

    def _note(self, at: KnownValue) -> None:
        field = hidden_field(at.kind, at.offset)
        if field is None and at.kind == OBJECT and self.code.knows_all_types:
            field = field_of_any(at.offset)
        if field is not None:
            self.seen.has_objects = True
            self.seen.reads[self.address] = field

    def _load(self, step: MachineStep) -> None:
        self.state.fill(step.target, self._loaded(step.place))

    def _read(self, step: MachineStep) -> None:
        self._look(step.place)
        self.state.registers.pop(step.target, None)

    def _store(self, step: MachineStep) -> None:
        at = self._look(step.place)
        if at is not None and at.kind == STACK:
            value = self.state.registers.get(step.source)
            size = 8 if value is not None else step.place.size
            self.state.overwrite(at.offset, size, value)
            if value is not None and value.kind == STACK:
                self.state.escaped |= {value.offset}

    def _forget(self, step: MachineStep) -> None:
        self.state.registers.pop(step.target, None)

    def _add(self, step: MachineStep) -> None:
        value = self.state.registers.get(step.target)
        if value is not None and step.number is not None:
            # Called so often that ``_replace`` takes a tenth of all time.
            moved = KnownValue(value.kind, value.offset + step.number, value.origin)
            self.state.registers[step.target] = moved
            self._point(moved)

    def _align(self, step: MachineStep) -> None:
        value = self.state.registers.get(step.target)
        if value is not None:
            # How far is not known, so that it is taken to be far from all others.
            self.state.registers[step.target] = value._replace(
                offset=(value.offset - 0x10000) & ~0xFFF
            )

    def _call(self, step: MachineStep) -> bool:
        """Follow a call; tell whether the function comes back."""
        symbol, target = self._called(step)
        registers, convention = self.state.registers, self.code.convention
        escaped = self.state.escaped
        for register in convention.arguments:
            value = registers.get(register)
            if value is not None and value.kind == STACK:
                self.state.escaped |= {value.offset}
        if symbol:
            after_api_call(self.code, self.state, self.seen, symbol, self.address)
            if keeps_no_address(symbol):
                self.state.escaped = escaped
            return symbol not in self.code.never_return
        if target is not None:
            kinds = OBJECT_KINDS | {ITEMS}
            known = tuple(
                (number, value.kind)
                for number, register in enumerate(convention.arguments)
                if (value := registers.get(register)) is not None
                and value.kind in kinds
                and not value.offset
            )
            self.seen.calls.add(LocalCall(target, known))
            returned = self._returned(target, known)
        else:
            returned = None
        after_api_call(self.code, self.state, self.seen, "", self.address)
        if returned is not None:
            registers[convention.result] = returned
        return not (self.strict and target is not None) or self.code.returns(target)

    def _returned(
        self, target: int, arguments: tuple[tuple[int, str], ...]
    ) -> KnownValue | None:
        """Return what a function of the image returns for such arguments."""
        if not arguments or self.code.depth >= _DEEPEST_WALKS:
            return None
        walk = walk_function(self.code, target, arguments)
        return walk.returned if walk is not None else None

    def _called(self, step: MachineStep) -> tuple[str, int | None]:
        """Return the symbol from outside that is called, or an address."""
        value: KnownValue | None
        if step.number is not None:
            value = KnownValue(NUMBER, step.number)
        elif step.source:
            value = self.state.registers.get(step.source)
        else:
            value = self._loaded(step.place)
        if value is None:
            return "", None
        if value.kind == IMPORT:
            return self.code.slots.get(value.origin, ""), None
        if value.kind != NUMBER:
            return "", None
        symbol = self.code.symbol_at(value.offset)
        return symbol, None if symbol else value.offset


_FLOW = (StepKind.CALL, StepKind.JUMP, StepKind.BRANCH, StepKind.LEAVE)
_STEPS = {
    StepKind.MOVE: _Walker._move,  # noqa: SLF001 - of the class above
    StepKind.NUMBER: _Walker._number,  # noqa: SLF001
    StepKind.ADDRESS: _Walker._address,  # noqa: SLF001
    StepKind.LOAD: _Walker._load,  # noqa: SLF001
    StepKind.READ: _Walker._read,  # noqa: SLF001
    StepKind.STORE: _Walker._store,  # noqa: SLF001
    StepKind.FORGET: _Walker._forget,  # noqa: SLF001
    StepKind.ADD: _Walker._add,  # noqa: SLF001
    StepKind.ALIGN: _Walker._align,  # noqa: SLF001
}
