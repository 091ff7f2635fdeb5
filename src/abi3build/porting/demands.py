"""How much work a construct takes."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from abi3build.stable_abi.known_names import Tier, tier

if TYPE_CHECKING:
    from abi3build.stable_abi.replacements import Replacement

__all__ = ["Demand", "demand_of"]


class Demand(Enum):
    """Name the kinds of work; the values are for people, from the least to the most."""

    NOTHING = "nothing: the compatibility header covers it"
    ONE_LINE = "one line"
    TYPE = "a type"
    DESIGN = "a design"


_TYPE_TABLES = re.compile(
    r"Py(?:Number|Sequence|Mapping|Async)Methods|PyBufferProcs|PyHeapTypeObject"
    r"|Py_TRASHCAN_\w+|PyType_(?:HasFeature|FastSubclass|IS_GC)"
)
_TYPE_FIELDS = re.compile(
    r"PyTypeObject\.\w+|Py(?:Number|Sequence|Mapping|Async)Methods\.\w+"
    r"|PyBufferProcs\.\w+|PyHeapTypeObject\.\w+"
)
_READ_FIELDS = re.compile(
    r"PyTypeObject\.tp_(?:name|free|alloc|flags|new|init|dealloc|as_\w+|base|iternext)"
)
_DESIGNS = re.compile(
    # Text as an array of characters.
    r"PyUnicode_(?:[124]BYTE_DATA|DATA|READ|WRITE|KIND|New|READY|IS_\w+|MAX_CHAR_VALUE)"
    r"|PyUnicodeObject|Py(?:ASCII|CompactUnicode)Object|_PyUnicode\w*|PyUnicode_AS_\w+"
    # The interpreter's own state.
    r"|Py(?:ThreadState|InterpreterState|Frame|Code|Gen|Config|Runtime)\w*\.\w+"
    r"|_Py(?:InterpreterFrame|CFrame|StackChunk|Runtime|ErrStackItem|Interpreter)\w*"
    r"|_?PyEval_(?:SetTrace|SetProfile)|Py_tracefunc|_?PyInterpreterState_\w+"
    r"|_?PyThreadState_(?!Get$|Swap$|New$|Clear$|Delete$)\w+"
)


def demand_of(name: str, kind: str, found: Replacement | None) -> Demand:
    """Return the work for a construct; ``kind`` is the name of its ``ConstructKind``.

    What the compatibility header offers is left out here.
    """
    if kind == "STATIC_TYPE" or _TYPE_TABLES.fullmatch(name):
        return Demand.TYPE
    if kind == "STRUCTURE" or _DESIGNS.fullmatch(name):
        return Demand.DESIGN
    if _TYPE_FIELDS.fullmatch(name):
        return Demand.ONE_LINE if _READ_FIELDS.fullmatch(name) else Demand.TYPE
    has_way = kind == "NEWER" or (found is not None and bool(found.instead))
    is_private = tier(name) in {Tier.INTERNAL, Tier.PRIVATE} or found is None
    return Demand.DESIGN if is_private and not has_way else Demand.ONE_LINE
