"""Whether a function returns None or a similar object without a new reference.

The address of such an object is followed as long as it is certain.  Its reference count
is at byte 0: ``Include/object.h``.  If a function may have added a reference, or passed
the object to another one that may have, nothing is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.machine_code.known_values import NUMBER, KnownValue
from abi3build.machine_code.machine_steps import StepKind
from abi3build.machine_code.structures import OBJECT

if TYPE_CHECKING:
    from abi3build.machine_code.code_blocks import CodeBlock
    from abi3build.machine_code.image_code import ImageCode
    from abi3build.machine_code.known_values import KnownState

__all__ = ["ALL_SINGLETONS", "borrowed", "either", "give_away", "only_returns"]


_SINGLETONS = {
    "_Py_NoneStruct": "None",
    "_Py_TrueStruct": "True",
    "_Py_FalseStruct": "False",
    "_Py_NotImplementedStruct": "NotImplemented",
}
ALL_SINGLETONS = frozenset(_SINGLETONS.values())
_NULL = KnownValue(NUMBER)
_LONGEST_ENDING = 24
"""How many steps a block may have that only leaves the function."""

_LONGEST_ARGUMENTS = 128
"""How much of the stack behind its pointer may be arguments of a call."""


def borrowed(code: ImageCode, value: KnownValue | None) -> str:
    """Return which of these objects a value certainly is; empty for any other value."""
    if value is None or value.kind != OBJECT or value.offset or not value.origin:
        return ""
    return _SINGLETONS.get(code.slots.get(value.origin, ""), "")


def either(
    code: ImageCode, state: KnownState, one: KnownValue | None, two: KnownValue | None
) -> KnownValue | None:
    """Return what a value is that is one of two, if both are such objects or null.

    One without a new reference is preferred, because the value may be that one.
    """
    first, second = borrowed(code, one), borrowed(code, two)
    if first and (two == _NULL or (second and first not in state.counted)):
        return one
    return two if second and (first or one == _NULL) else None


def give_away(code: ImageCode, state: KnownState, *, is_local: bool) -> set[str]:
    """Take it that a call counts what it is given, or can reach; return that.

    A function of the image may be a part that a compiler took out of this one, with
    any register as an argument.
    """
    convention = code.convention
    registers = state.registers if is_local else convention.arguments
    values = map(state.registers.get, registers)
    given = {borrowed(code, each) for each in values if each and each.origin}
    top = state.registers.get(convention.stack)
    lowest = top.offset if top is not None else min(state.slots, default=0)
    for offset, value in state.slots.items():
        if value.origin and (
            0 <= offset - lowest < _LONGEST_ARGUMENTS
            or any(offset >= address for address in state.escaped)
        ):
            given.add(borrowed(code, value))
    given.discard("")
    state.counted |= given
    return given


def only_returns(block: CodeBlock) -> bool:
    """Tell whether a block only leaves its function, after restoring registers."""
    steps = block.steps
    return (
        not block.targets
        and 0 < len(steps) <= _LONGEST_ENDING
        and steps[-1].kind is StepKind.LEAVE
        and all(step.kind is not StepKind.CALL for step in steps)
    )
