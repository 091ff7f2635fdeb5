"""Follow objects through one function, forward, on every path.

What is known at the beginning of a block is what is true on all paths to it.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Callable, ClassVar

from abi3build.machine_code.api_calls import after_api_call, keeps_no_address
from abi3build.machine_code.borrowed_singletons import (
    ALL_SINGLETONS,
    borrowed,
    either,
    give_away,
    only_returns,
)
from abi3build.machine_code.calling_conventions import entry_state
from abi3build.machine_code.code_blocks import ORIGINS_PER_BYTE
from abi3build.machine_code.known_values import (
    IMPORT,
    NUMBER,
    STACK,
    UNKNOWN,
    KnownState,
    KnownValue,
)
from abi3build.machine_code.machine_steps import StepKind
from abi3build.machine_code.reached_places import ITEMS_PLACE, place_value, pointed_to
from abi3build.machine_code.seen_in_functions import LocalCall, SeenInBlock, joined
from abi3build.machine_code.structures import (
    BYTES,
    DATETIME,
    ITEMS,
    LIST,
    OBJECT,
    REACHED_KINDS,
    THREAD,
    TUPLE,
    TYPE,
    field_of_any,
    hidden_field,
)

if TYPE_CHECKING:
    from abi3build.machine_code.code_blocks import CodeBlock
    from abi3build.machine_code.image_code import ImageCode
    from abi3build.machine_code.machine_steps import MachineStep, MemoryPlace
    from abi3build.machine_code.seen_in_functions import FunctionWalk

__all__ = ["walk_function"]


_MOST_VISITS = 12
"""How often a block is walked at the most; what is known only ever gets less."""

_DEEPEST_WALKS = 5
"""How many calls deep it is asked what a function returns."""

_CONTENTS = {BYTES: (32,), TUPLE: (24, 32)}
"""Where the contents begin that are in the object itself: of tuples in 3.14 later."""

_KINDS_GIVEN = REACHED_KINDS | {ITEMS}


def walk_function(
    code: ImageCode,
    start: int,
    arguments: tuple[tuple[int, str], ...],
    *,
    strict: bool = False,
    counts: bool = False,
) -> FunctionWalk | None:
    """Return what was found in a function; None if it is already being walked.

    If it is strict, calls of functions that never return end a path, at some cost.  If
    it counts, it follows what happens to None and similar objects.
    """
    key = start, arguments, strict, counts
    walks = code.walks
    if key not in walks:
        # What calls itself returns nothing that is known.
        walks[key] = None
        code.depth += 1
        walks[key] = _Walker(code, start, strict=strict, counts=counts).walk(arguments)
        code.depth -= 1
    return walks[key]


class _Walker:
    def __init__(
        self, code: ImageCode, start: int, *, strict: bool, counts: bool
    ) -> None:
        self.code = code
        self.start = start
        self.strict = strict
        self.counts = counts
        self.state = KnownState()
        self.seen = SeenInBlock()
        self.origin = 0
        self.is_repeated = False
        self.has_singletons = False

    def walk(self, arguments: tuple[tuple[int, str], ...]) -> FunctionWalk:
        """Follow all ways through the function; return what was seen on them."""
        blocks = self.code.blocks(self.start)
        results: dict[int, SeenInBlock] = {}
        self.states = {self.start: entry_state(self.code.convention, arguments)}
        self.visits: dict[int, int] = {}
        # In the order of addresses, most blocks come behind all that lead to them.
        waiting = [self.start] if blocks else []
        while waiting:
            leader = heappop(waiting)
            visits = self.visits[leader] = self.visits.get(leader, 0) + 1
            block = blocks[leader]
            self.code.spend_visits(block.size)
            self.state = self.states[leader].copy()
            self.is_repeated = visits > 1
            self.seen = results[leader] = SeenInBlock()
            if self._ends(block):
                continue
            for target in block.targets:
                if target not in blocks:
                    self.seen.is_cut = True
                    continue
                if self.has_singletons and only_returns(blocks[target]):
                    self._return_behind(blocks[target])
                if self._learns(target) and target not in waiting:
                    heappush(waiting, target)
        return joined(results)

    def _ends(self, block: CodeBlock) -> bool:
        """Walk one block; tell whether the function is left in it."""
        does = self._does
        for self.origin, step in zip(block.origins, block.steps):
            if does[step.kind](self, step):
                return True
        return False

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
            self.states[target].counted = ALL_SINGLETONS
        return visits <= _MOST_VISITS

    def _leave(self, step: MachineStep) -> bool:
        if step.number:
            self._return()
        return True

    def _jump(self, step: MachineStep) -> bool:
        """Follow the last call of a function, which returns what that returns."""
        self._branch(step)
        if not self._call(step):
            self._return()
        return True

    def _branch(self, step: MachineStep) -> None:
        """Stay: it may leave the function as a jump does, or not."""
        behind = self.code.places.next_start(self.start)
        if behind is not None and self.start < (step.number or 0) < behind:
            # It does not leave the function, but leads to what was not taken apart.
            self.seen.is_cut = True

    def _return(self) -> None:
        value = self.state.registers.get(self.code.convention.result)
        self.seen.returned.append(value)
        if self.has_singletons:
            singleton = borrowed(self.code, value)
            if singleton and singleton not in self.state.counted:
                self.seen.borrowed |= {(singleton, self.origin // ORIGINS_PER_BYTE)}

    def _return_behind(self, block: CodeBlock) -> None:
        """See what is returned behind this way alone, of those that lead to a block."""
        state, seen, self.seen = self.state, self.seen, SeenInBlock()
        self.state = state.copy()
        self._ends(block)
        seen.borrowed |= self.seen.borrowed
        self.state, self.seen = state, seen

    def _look(self, place: MemoryPlace) -> KnownValue | None:
        """Note a field of an object that is reached for; return the place."""
        at = place_value(self.state, place)
        if at is None or at.kind not in REACHED_KINDS:
            return at
        self.seen.has_objects = True
        if at.origin and not at.offset:
            self._count(at, is_seen=True)
        if place.index_register and at.kind in {OBJECT, TYPE, LIST, THREAD, DATETIME}:
            return None
        if place.index_register and at.kind == TUPLE:
            # Compilers add the items' place to the index as well as to the address.
            at = at._replace(offset=max(at.offset, ITEMS_PLACE))
        self._note(at)
        return at

    def _loaded(self, place: MemoryPlace) -> KnownValue | None:
        at = self._look(place)
        if at is not None and at.kind == STACK:
            return self._stacked(at.offset)
        known = pointed_to(self.code, self.state, at) if at is not None else None
        if known is not None and known.origin:
            self.has_singletons = self.counts
        return known or self._fresh()

    def _fresh(self) -> KnownValue:
        """Return something unknown that was never there before."""
        if self.is_repeated:
            # In a loop, the same step gave another value before.
            self.state.forget_origin(self.origin)
        # In so many places that the usual way takes a fiftieth of all time.
        return tuple.__new__(KnownValue, (UNKNOWN, 0, self.origin))

    def _stacked(self, offset: int) -> KnownValue:
        value = self.state.slots.get(offset)
        if value is None:
            value = self._fresh()
            self.state.slots[offset] = value
        return value

    def _move(self, step: MachineStep) -> None:
        self.state.fill(step.target, self.state.registers.get(step.source))

    def _number(self, step: MachineStep) -> None:
        number = step.number
        value = None if number is None else KnownValue(NUMBER, number)
        self.state.fill(step.target, value)

    def _address(self, step: MachineStep) -> None:
        value = place_value(self.state, step.place)
        self._point(value)
        if step.place.index_register:
            value = None
        self.state.fill(step.target, value)

    def _point(self, value: KnownValue | None) -> None:
        """Note a pointer to the contents of an object, which only its macros make."""
        if value is not None and value.offset in _CONTENTS.get(value.kind, ()):
            self._note(value)
        # The head of no object ends there, but that of one with a size.
        if value is not None and value.kind == OBJECT and value.offset > ITEMS_PLACE:
            self._note(value)

    def _note(self, at: KnownValue) -> None:
        field = hidden_field(at.kind, at.offset)
        if field is None and at.kind == OBJECT and self.code.knows_all_types:
            field = field_of_any(at.offset)
        if field is not None:
            self.seen.has_objects = True
            self.seen.reads[self.origin // ORIGINS_PER_BYTE] = field

    def _load(self, step: MachineStep) -> None:
        self.state.fill(step.target, self._loaded(step.place))

    def _read(self, step: MachineStep) -> None:
        at = self._look(step.place)
        self.state.registers.pop(step.target, None)
        if at is not None and at.kind == NUMBER and at.offset in self.code.slots:
            # It is compared with the word there.
            self._count(pointed_to(self.code, self.state, at))

    def _either(self, step: MachineStep) -> None:
        registers = self.state.registers
        other = registers.get(step.source) if step.source else self._loaded(step.place)
        value = either(self.code, self.state, registers.get(step.target), other)
        self.state.fill(step.target, value)

    def _compare(self, step: MachineStep) -> None:
        """Note that something else may be None, and what is known of it holds too."""
        if self.has_singletons:
            self._count(self.state.registers.get(step.source))
            self._count(self.state.registers.get(step.target))

    def _count(self, value: KnownValue | None, *, is_seen: bool = False) -> None:
        """Note that an object may have a reference, if it is None or its like."""
        singleton = borrowed(self.code, value)
        if singleton:
            self.state.counted |= {singleton}
            if is_seen:
                self.seen.counted |= {singleton}

    def _store(self, step: MachineStep) -> None:
        at = self._look(step.place)
        value = self.state.registers.get(step.source)
        if at is None or at.kind != STACK:
            self._count(value)
            if at is not None and at.kind == NUMBER:
                self.code.keep(at.offset, value)
        elif step.kind is StepKind.EXCHANGE:
            self.state.overwrite(at.offset, step.place.size, None)
        else:
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
        """Follow a call; tell whether the function never comes back."""
        symbol, target = self._called(step)
        state, convention = self.state, self.code.convention
        escaped = state.escaped
        if self.has_singletons:
            self.seen.counted |= give_away(self.code, state, is_local=not symbol)
        given: list[tuple[int, str]] = []
        for number, register in enumerate(convention.arguments):
            value = state.registers.get(register)
            if value is None or value.kind in {UNKNOWN, NUMBER}:
                continue
            if value.kind == STACK:
                state.escaped |= {value.offset}
            elif not value.offset and value.kind in _KINDS_GIVEN:
                given.append((number, value.kind))
        returned = None
        if target is not None:
            known = tuple(given)
            self.seen.calls |= {LocalCall(target, known)}
            returned = self._returned(target, known)
        if not after_api_call(self.code, state, self.seen, symbol):
            state.registers[convention.result] = returned or self._fresh()
        if symbol and keeps_no_address(symbol):
            state.escaped = escaped
        if symbol:
            return symbol in self.code.never_return
        return self.strict and target is not None and not self.code.returns(target)

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

    _does: ClassVar[tuple[Callable[[_Walker, MachineStep], bool | None], ...]] = (
        _move,
        _number,
        _address,
        _load,
        _read,
        _store,
        _forget,
        _add,
        _call,
        _jump,
        _branch,
        _leave,
        _align,
        _either,
        _compare,
        _store,
    )
    """By the numbers of ``StepKind``; what returns True ends the function there."""
