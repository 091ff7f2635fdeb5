"""The fields of CPython's objects that the Limited API hides, by their places.

Sources: ``Include/object.h`` and, below ``Include/cpython/``, ``object.h``,
``tupleobject.h``, ``listobject.h``, ``bytesobject.h``, ``bytearrayobject.h``,
``unicodeobject.h``, ``floatobject.h`` and ``longintrepr.h`` of CPython 3.8 to 3.15 with
the GIL, for 64-bit processors.

Fields that the Limited API shows to units of some floors are not hidden: the reference
count at 0, ``ob_type`` at 8 and, for every object, ``ob_size`` at 16, which ``Py_SIZE``
reads.
"""

from __future__ import annotations

from typing import NamedTuple

from abi3build.stable_abi.type_fields import TYPE_FIELDS

__all__ = [
    "BYTES",
    "BYTE_ARRAY",
    "DATETIME",
    "FLOAT",
    "INT",
    "ITEMS",
    "LIST",
    "OBJECT",
    "OBJECT_KINDS",
    "REACHED_KINDS",
    "STR",
    "THREAD",
    "TUPLE",
    "TYPE",
    "HiddenField",
    "field_of_any",
    "hidden_field",
]


OBJECT, TYPE, TUPLE, LIST = "PyObject", "PyTypeObject", "PyTupleObject", "PyListObject"
BYTES, BYTE_ARRAY, STR = "PyBytesObject", "PyByteArrayObject", "PyUnicodeObject"
FLOAT, INT = "PyFloatObject", "PyLongObject"
"""The kinds of objects that are told apart, by their structures in C; ``PyObject`` is
one of any kind."""

THREAD = "PyThreadState"
"""What only functions of CPython may look into, and no object: ``Include/pystate.h``
declares it, and ``Include/cpython/pystate.h`` has its fields."""

DATETIME = "PyDateTime_CAPI"
"""What the capsule ``datetime.datetime_CAPI`` holds, and no object."""

ITEMS = "PyObject *[]"
"""An array of objects, such as the arguments of a vectorcall; no object itself."""

OBJECT_KINDS = frozenset(
    (OBJECT, TYPE, TUPLE, LIST, BYTES, BYTE_ARRAY, STR, FLOAT, INT)
)

REACHED_KINDS = OBJECT_KINDS | {THREAD, DATETIME}
"""What has fields."""


class HiddenField(NamedTuple):
    """Name a field, and say on which Pythons it is not at the place."""

    structure: str
    field: str
    layout: str
    """What the place holds from which version on, or that no version promises it."""


_LAYOUT = "no version promises the place"
_HEAD = 24
_LARGEST_ITEM = 1 << 20
_LARGEST_HEAD = 1 << 12
_TUPLE = "its items begin at byte 24 up to 3.13, and at byte 32 since 3.14"
_STR = "its characters begin at byte 48 or 72 up to 3.11, and at 40 or 56 since 3.12"
_INT = "its digits follow a size up to 3.11, and a tag since 3.12"
_NAMES_OF_DATETIME = (
    "DateType DateTimeType TimeType DeltaType TZInfoType TimeZone_UTC Date_FromDate"
    " DateTime_FromDateAndTime Time_FromTime Delta_FromDelta DateTime_FromTimestamp"
    " Date_FromTimestamp DateTime_FromDateAndTimeAndFold Time_FromTimeAndFold"
)
_OF_DATETIME = tuple(_NAMES_OF_DATETIME.split())
"""``Include/datetime.h``, all of which is hidden from the limited API."""

_FIELDS = {
    TUPLE: ((24, _LARGEST_ITEM, "ob_item", _TUPLE),),
    LIST: ((24, 32, "ob_item", _LAYOUT), (32, 40, "allocated", _LAYOUT)),
    BYTES: (
        (24, 32, "ob_shash", _LAYOUT),
        (32, _LARGEST_ITEM, "ob_sval", _LAYOUT),
    ),
    BYTE_ARRAY: (
        (24, 32, "ob_alloc", _LAYOUT),
        (32, 40, "ob_bytes", _LAYOUT),
        (40, 48, "ob_start", _LAYOUT),
    ),
    STR: (
        (16, 24, "length", _STR),
        (24, 32, "hash", _STR),
        (32, 40, "state", _STR),
        (40, _LARGEST_ITEM, "characters", _STR),
    ),
    FLOAT: ((16, 24, "ob_fval", _LAYOUT),),
    INT: ((24, _LARGEST_ITEM, "ob_digit", _INT),),
}
"""From which place on up to which one: the field, and what changes."""


def hidden_field(kind: str, offset: int) -> HiddenField | None:
    """Return the field at a place of an object; None for one that is not hidden."""
    if kind == TYPE:
        number = (offset - _HEAD) // 8
        if 0 <= number < len(TYPE_FIELDS):
            return HiddenField(TYPE, TYPE_FIELDS[number], _LAYOUT)
        return None
    if kind == THREAD and 0 <= offset < _LARGEST_HEAD:
        return HiddenField(THREAD, f"byte {offset}", _LAYOUT)
    if kind == DATETIME and offset // 8 in range(len(_OF_DATETIME)):
        return HiddenField(DATETIME, _OF_DATETIME[offset // 8], _LAYOUT)
    for start, end, field, layout in _FIELDS.get(kind, ()):
        if start <= offset < end:
            return HiddenField(kind, field, layout)
    return None


def field_of_any(offset: int) -> HiddenField | None:
    """Return what is at a place of an object whose type only CPython knows.

    Whether it has a size, and so a longer head, is not known either.
    """
    if not _HEAD <= offset < _LARGEST_HEAD:
        return None
    layout = "a field of CPython's, as the image makes no type and takes none"
    return HiddenField(OBJECT, f"byte {offset}", layout)
