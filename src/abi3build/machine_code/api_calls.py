"""What a call of CPython says about the values before and after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from abi3build.machine_code.known_values import NUMBER, STACK, UNKNOWN, KnownValue
from abi3build.machine_code.object_functions import object_functions, type_of_instances
from abi3build.machine_code.structures import (
    BYTE_ARRAY,
    BYTES,
    DATETIME,
    OBJECT,
    OBJECT_KINDS,
    STR,
    THREAD,
    TYPE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.machine_code.image_code import ImageCode
    from abi3build.machine_code.known_values import KnownState
    from abi3build.machine_code.object_functions import ObjectFunction

__all__ = ["CAPSULES", "CallNotes", "after_api_call", "keeps_no_address"]


_PARSERS = {
    "PyArg_Parse": (1, 2),
    "PyArg_ParseTuple": (1, 2),
    "PyArg_ParseTupleAndKeywords": (2, 4),
    "_PyArg_Parse_SizeT": (1, 2),
    "_PyArg_ParseTuple_SizeT": (1, 2),
    "_PyArg_ParseTupleAndKeywords_SizeT": (2, 4),
}
"""Which argument is the format, and which one is the first that the format is about."""

_UNPACKER = "PyArg_UnpackTuple"
_FIRST_UNPACKED = 4
_MOST_UNPACKED = 16

_UNIT = re.compile(
    r"(es#|et#|es|et|[szy]\*|[szy]#|[zuZ]#|w\*|w#|O!|O&|[A-Za-z])|([|$])"
)
_ARGUMENTS = {"es#": 3, "et#": 3, "es": 2, "et": 2, "O!": 2, "O&": 2}
_UNIT_KINDS = {"O": OBJECT, "S": BYTES, "U": STR, "Y": BYTE_ARRAY}
"""https://docs.python.org/3/c-api/arg.html"""

_READY = "PyType_Ready"
_ASKS_FLAGS = "PyType_GetFlags"
"""Code compiled with the full headers reads ``tp_flags`` itself.  Who asks for them may
go on to read other fields, but knows what it does: PyO3 does so on 3.9 and older, with
static types alone, of which ``PyType_GetSlot`` says nothing there.

https://github.com/PyO3/pyo3/blob/main/src/internal/get_slot.rs
"""

_RETURNING_THREADS = (
    "PyThreadState_Get PyThreadState_GetUnchecked _PyThreadState_UncheckedGet"
    " PyThreadState_New PyThreadState_Swap PyEval_SaveThread"
    " PyGILState_GetThisThreadState Py_NewInterpreter"
)
_THREADS = frozenset(_RETURNING_THREADS.split())
"""https://docs.python.org/3/c-api/init.html"""

CAPSULES = "PyCapsule_Import"
_DATETIME = "datetime.datetime_CAPI"
"""``Include/datetime.h``"""

_LONGEST_FORMAT = 256


class CallNotes(Protocol):
    """Take what is seen at a call."""

    has_objects: bool
    static_types: frozenset[int]


def after_api_call(
    code: ImageCode, state: KnownState, notes: CallNotes, symbol: str
) -> bool:
    """Change what is known as a call does; without a symbol, as any function may.

    Return whether the result of the call is known, even if it is not an object.
    """
    known = object_functions().get(symbol) if symbol else None
    convention = code.convention
    filled: list[tuple[int, str]] = []
    other = _other_result(code, state, symbol)
    if known is not None:
        notes.has_objects = True
        _prove(code, state, known)
        if symbol == _ASKS_FLAGS:
            _heed_flags(state, _argument(code, state, 0))
        filled = [*_parsed(code, state, symbol), *_filled(code, state, known)]
        given = _argument(code, state, 0)
        if symbol == _READY and given is not None and given.kind == NUMBER:
            notes.static_types |= {given.offset}
    state.forget_escaped()
    kept = convention.kept
    registers = state.registers
    state.registers = {each: registers[each] for each in registers if each in kept}
    for offset, kind in filled:
        state.overwrite(offset, 8, KnownValue(kind))
    if known is not None and known.returned:
        state.registers[convention.result] = KnownValue(known.returned)
    if other:
        state.registers[convention.result] = KnownValue(other)
    return known is not None or bool(other)


def _heed_flags(state: KnownState, asked: KnownValue | None) -> None:
    """Know no more of types than that they are objects, if one was asked for flags."""
    state.replace(KnownValue(TYPE), KnownValue(OBJECT))
    if asked is not None and asked.kind == TYPE and asked.origin:
        state.replace(asked, KnownValue(OBJECT))
        state.asked_types |= {asked.origin}


def _other_result(code: ImageCode, state: KnownState, symbol: str) -> str:
    """Return what a function returns if that is not an object; empty if unknown."""
    if symbol == CAPSULES:
        name = _argument(code, state, 0)
        if name is not None and name.kind == NUMBER:
            text = code.text(name.offset, len(_DATETIME) + 1)
            return DATETIME if text == _DATETIME else ""
    return THREAD if symbol in _THREADS else ""


def _prove(code: ImageCode, state: KnownState, known: ObjectFunction) -> None:
    """Know of what a function takes as an object that it is one."""
    for number, kind in enumerate(known.taken):
        value = _argument(code, state, number)
        if kind not in OBJECT_KINDS or value is None or value.offset:
            continue
        if value.kind == UNKNOWN:
            state.prove(value, kind)
        elif kind == TYPE and value.kind == OBJECT:
            state.prove(value, TYPE)


def _filled(
    code: ImageCode, state: KnownState, known: ObjectFunction
) -> Iterator[tuple[int, str]]:
    """Yield the places on the stack into which a function writes objects."""
    for number in known.filled:
        value = _argument(code, state, number)
        if value is not None and value.kind == STACK:
            yield value.offset, OBJECT


def keeps_no_address(symbol: str) -> bool:
    """Tell whether a function only writes to the addresses that it gets."""
    known = object_functions().get(symbol)
    is_parser = symbol in _PARSERS or symbol == _UNPACKER
    return is_parser or (known is not None and bool(known.filled))


def _argument(code: ImageCode, state: KnownState, number: int) -> KnownValue | None:
    convention = code.convention
    if number < len(convention.arguments):
        return state.registers.get(convention.arguments[number])
    return _stacked(code, state, number - len(convention.arguments))


def _stacked(code: ImageCode, state: KnownState, number: int) -> KnownValue | None:
    top = state.registers.get(code.convention.stack)
    if top is None or top.kind != STACK:
        return None
    return state.slots.get(top.offset + code.convention.stack_arguments + 8 * number)


def _variadic(
    code: ImageCode, state: KnownState, number: int, first: int
) -> KnownValue | None:
    """Return an argument after the named ones, of which the first has a number."""
    if code.convention.variadic_on_stack:
        return _stacked(code, state, number - first)
    return _argument(code, state, number)


def _parsed(
    code: ImageCode, state: KnownState, symbol: str
) -> Iterator[tuple[int, str]]:
    """Return the places on the stack into which arguments are parsed, and as what."""
    if symbol == _UNPACKER:
        for number in range(_FIRST_UNPACKED, _FIRST_UNPACKED + _MOST_UNPACKED):
            place = _variadic(code, state, number, _FIRST_UNPACKED)
            if place is None or place.kind != STACK:
                return
            yield place.offset, OBJECT
    if symbol not in _PARSERS:
        return
    format_number, first = _PARSERS[symbol]
    text = _argument(code, state, format_number)
    if text is None or text.kind != NUMBER:
        return
    number, is_optional = first, False
    format_text = re.split("[:;]", code.text(text.offset, _LONGEST_FORMAT))[0]
    for unit, mark in _UNIT.findall(format_text):
        if mark:
            is_optional = True
            continue
        kind = _UNIT_KINDS.get(unit, "")
        count = _ARGUMENTS.get(unit, 2 if unit.endswith("#") else 1)
        if unit == "O!":
            wanted = _variadic(code, state, number, first)
            kind = type_of_instances(code.symbol_of(wanted)) if wanted else OBJECT
        place = _variadic(code, state, number + count - 1, first)
        if kind and place is not None and place.kind == STACK:
            # What an optional argument was before may be of another type.
            yield place.offset, OBJECT if is_optional else kind
        number += count
