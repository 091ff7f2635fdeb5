"""What the functions of CPython take and return, as far as objects are concerned."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from abi3build.machine_code.structures import (
    BYTE_ARRAY,
    BYTES,
    FLOAT,
    INT,
    ITEMS,
    LIST,
    OBJECT,
    STR,
    TUPLE,
    TYPE,
)

__all__ = ["ObjectFunction", "kind_of_data", "object_functions", "type_of_instances"]


class ObjectFunction(NamedTuple):
    """Describe a function of CPython's."""

    returned: str
    """The kind of object; empty if it returns none."""

    taken: tuple[str, ...]
    """The kind of each argument; empty for what is no object."""

    filled: tuple[int, ...] = ()
    """The arguments that say where to put an object."""


_LETTERS = {"o": OBJECT, "t": TYPE, "v": ITEMS}
_RETURNED = {
    TUPLE: "PyTuple_New PyTuple_Pack PyTuple_GetSlice PySequence_Tuple PyList_AsTuple"
    " PyException_GetArgs",
    LIST: "PyList_New PySequence_List PyList_GetSlice PyDict_Keys PyDict_Values"
    " PyDict_Items PyObject_Dir PyUnicode_Split PyUnicode_RSplit PyUnicode_Splitlines",
    BYTES: "PyBytes_FromStringAndSize PyBytes_FromString PyBytes_FromFormat"
    " PyBytes_FromFormatV PyUnicode_AsUTF8String PyUnicode_AsASCIIString"
    " PyUnicode_AsLatin1String PyUnicode_AsUTF16String PyUnicode_AsUTF32String"
    " PyUnicode_EncodeFSDefault PyUnicode_AsEncodedString PyBytes_FromObject",
    BYTE_ARRAY: "PyByteArray_FromObject PyByteArray_FromStringAndSize"
    " PyByteArray_Concat",
    STR: "PyUnicode_FromString PyUnicode_FromStringAndSize PyUnicode_FromFormat"
    " PyUnicode_FromFormatV PyUnicode_New PyUnicode_FromObject"
    " PyUnicode_FromKindAndData"
    " PyUnicode_DecodeUTF8 PyUnicode_DecodeLatin1 PyUnicode_DecodeASCII PyUnicode_Join"
    " PyUnicode_FromWideChar PyUnicode_FromOrdinal PyUnicode_Concat PyUnicode_Format"
    " PyUnicode_InternFromString PyObject_Str PyObject_Repr PyObject_ASCII"
    " PyUnicode_Substring PyUnicode_Replace PyUnicode_DecodeFSDefault"
    " PyUnicode_DecodeFSDefaultAndSize PyUnicode_Decode PyUnicode_DecodeUTF16"
    " PyUnicode_DecodeUTF32 PyUnicode_DecodeLocale",
    FLOAT: "PyFloat_FromDouble PyFloat_FromString PyNumber_Float",
    INT: "PyLong_FromLong PyLong_FromUnsignedLong PyLong_FromSize_t PyLong_FromSsize_t"
    " PyLong_FromDouble PyLong_FromLongLong PyLong_FromUnsignedLongLong PyNumber_Long"
    " PyNumber_Index PyLong_FromVoidPtr PyLong_FromString",
    TYPE: "PyObject_Type PyType_FromSpec PyType_FromSpecWithBases PyErr_NewException"
    " PyType_FromModuleAndSpec PyType_FromMetaclass PyErr_NewExceptionWithDoc"
    " PyErr_Occurred",
}
"""Those of which more is known than that they return an object, as CPython's
documentation says: https://docs.python.org/3/c-api/concrete.html"""

_INSTANCES = {
    "PyTuple_Type": TUPLE,
    "PyList_Type": LIST,
    "PyBytes_Type": BYTES,
    "PyByteArray_Type": BYTE_ARRAY,
    "PyUnicode_Type": STR,
    "PyFloat_Type": FLOAT,
    "PyLong_Type": INT,
    "PyType_Type": TYPE,
}


@lru_cache(maxsize=1)
def object_functions() -> dict[str, ObjectFunction]:
    """Return the functions by their names."""
    text = Path(__file__).with_name("object_functions.txt").read_text(encoding="utf-8")
    kinds = {name: kind for kind, names in _RETURNED.items() for name in names.split()}
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, returned, taken = line.split()
        found[name] = ObjectFunction(
            kinds.get(name, _LETTERS.get(returned, "")),
            tuple(_LETTERS.get(letter, "") for letter in taken),
            tuple(number for number, letter in enumerate(taken) if letter == "O"),
        )
    # Headers up to 3.12 call those with formats so after PY_SSIZE_T_CLEAN.
    renamed = {f"_{name}_SizeT": found[name] for name in found}
    return {**found, **renamed}


def type_of_instances(symbol: str) -> str:
    """Return the kind of the instances of a type that CPython exports."""
    return _INSTANCES.get(symbol, OBJECT)


def kind_of_data(symbol: str) -> str:
    """Return what the address of one of CPython's symbols is; empty if not an object.

    Exceptions are pointers to objects, so the address of one is that of an array.
    """
    if symbol.startswith("PyExc_"):
        return ITEMS
    if symbol.startswith("Py") and symbol.endswith("_Type"):
        return TYPE
    if symbol.startswith("_Py_") and symbol.endswith("Struct"):
        return OBJECT
    return ""
