"""Find calls in machine code that give a type of CPython's own to PyType_GetSlot.

Only the plainest form counts, which compilers write for ``PyType_GetSlot(&PyDict_Type,
number)``: the address is loaded from the table that the loader fills in, and the call
follows, with nothing between but moves of registers.  Of all else nothing is said.

Instructions: https://www.felixcloutier.com/x86/ and, for the calling convention,
https://gitlab.com/x86-psABIs/x86-64-ABI
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.image import Import
    from abi3build.binaries.image_layout import ImageLayout
    from abi3build.binaries.memory import MappedPart, Memory

__all__ = ["find_types_given"]

_FUNCTION = "PyType_GetSlot"
_TYPE = r"Py\w+_Type"
_MACHINE = "x86_64"
_FIRST_IN_3_10 = frozenset(
    [
        "PyIter_Send",
        "PyModule_AddObjectRef",
        "PyType_GetName",
        "PyType_GetQualName",
        "Py_NewRef",
    ]
)
"""No older Python exports them, and from 3.10 on PyType_GetSlot takes every type."""

_BETWEEN = (
    rb"(?:\xbe[\s\S]{3}\0"  # mov esi, of a small constant
    rb"|[\x48\x49\x4c\x4d]\x89[\xc0-\xff]"  # mov from register to register
    rb"|\x48\x83\xec[\s\S]"  # sub rsp
    rb"|\x41?[\x50-\x57])"  # push
)
# Compiled when there is code to search, as they take longer than most files to read.
_CALL = (
    rb"(?P<prefix>[\x48\x4c])\x8b(?P<into>[\x05\x0d\x15\x1d\x25\x2d\x35\x3d])"
    rb"(?P<loaded>[\s\S]{4})(?P<between>" + _BETWEEN + rb"{0,8})"
    rb"(?:\xe8(?P<near>[\s\S]{4})|\xff\x15(?P<far>[\s\S]{4}))"
)
"""``mov`` of an address relative to the next instruction into a register, what does not
change where control goes, and ``call``."""

_MOVE, _CONSTANT = 0x89, 0xBE
_FIRST_ARGUMENT, _SECOND_ARGUMENT = 7, 6
"""The numbers of RDI and RSI."""

_STUB = rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25(?P<slot>[\s\S]{4})"
"""What a call within the image leads to: ``jmp [rip + x]``, with a mark before it."""

_STUB_SIZE = 16


def find_types_given(
    layout: ImageLayout, machine: str, imports: tuple[Import, ...]
) -> tuple[str, ...]:
    """Return the types that calls pass to the function, sorted.

    For other processors than x86_64, for other formats than ELF, and for files that no
    Python below 3.10 can load, nothing is found.
    """
    taken = {each.symbol for each in imports if not each.weak}
    if machine != _MACHINE or _FUNCTION not in taken or taken & _FIRST_IN_3_10:
        return ()
    types = frozenset(name for name in taken if re.fullmatch(_TYPE, name))
    if not types:
        return ()
    slots = layout.import_slots(types | {_FUNCTION})
    code = layout.memory.only(lambda part: part.is_code).with_own_allowance()
    found = {
        name
        for part, body in code.bodies("code")
        for name in _in_code(part, body, code, slots)
    }
    return tuple(sorted(found))


def _in_code(
    part: MappedPart, body: BytesWindow, code: Memory, slots: Mapping[int, str]
) -> Iterator[str]:
    calls = re.compile(_CALL)
    for match in calls.finditer(body.data, body.start, body.start + body.size):
        name = slots.get(_address(match, "loaded", part, body))
        if name is None or name == _FUNCTION or not _is_first_argument(match):
            continue
        if match["far"]:
            called = slots.get(_address(match, "far", part, body))
        else:
            called = slots.get(_jump(code, _address(match, "near", part, body)))
        if called == _FUNCTION:
            yield name


def _is_first_argument(match: re.Match[bytes]) -> bool:
    """Tell whether what was loaded is in RDI when the call comes."""
    first = (match["prefix"][0] & 4) << 1 | match["into"][0] >> 3
    holding = {first}
    for step in re.findall(_BETWEEN, match["between"]):
        if step[0] == _CONSTANT:
            holding.discard(_SECOND_ARGUMENT)
        elif len(step) == 3 and step[1] == _MOVE:  # noqa: PLR2004 - prefix, mov, registers
            source = (step[0] & 4) << 1 | step[2] >> 3 & 7
            target = (step[0] & 1) << 3 | step[2] & 7
            (holding.add if source in holding else holding.discard)(target)
    return _FIRST_ARGUMENT in holding


def _address(
    match: re.Match[bytes], group: str, part: MappedPart, body: BytesWindow
) -> int:
    """Return what a distance leads to, which counts from the next instruction."""
    (distance,) = struct.unpack("<i", match[group])
    return int(part.address + match.end(group) - body.start + distance)


def _jump(code: Memory, address: int) -> int:
    """Return the place that a stub takes its target from; -1 if it is no stub."""
    place = code.offset(address, _STUB_SIZE)
    if place is None:
        return -1
    match = re.compile(_STUB).match(code.window.data, place)
    if match is None:
        return -1
    (distance,) = struct.unpack("<i", match["slot"])
    return int(address + match.end() - place + distance)
