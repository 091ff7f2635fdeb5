"""Functions and macros that are added to a source if the limit has no short way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.rewrites import Found, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.port_fix.source_files import SourceFiles

__all__ = [
    "ASCII",
    "ATTRIBUTE",
    "FIELD",
    "IMMUTABLE",
    "NUMBER",
    "PLAIN_NAME",
    "SCALAR",
    "SLOT",
    "TABLE_SLOT",
    "TYPE_DICTIONARY",
    "TYPE_NAME",
    "TYPE_ORDER",
    "helper_edits",
    "include_edit",
    "place_after_includes",
    "with_helpers",
]

TYPE_NAME = "abi3_type_name"
PLAIN_NAME = "abi3_plain_name"
SLOT = "abi3_slot"
TABLE_SLOT = "abi3_table_slot"
FIELD = "abi3_field"
ASCII = "abi3_ascii"
SCALAR = "abi3_scalar"
TYPE_DICTIONARY = "abi3_type_dict"
TYPE_ORDER = "abi3_type_mro"
ATTRIBUTE = "abi3_attribute"
NUMBER = "abi3_number"
IMMUTABLE = "abi3_immutable_type"

_SLOT_TEXT = """
/* PyType_GetSlot takes any type since 3.10; without the limit, older Pythons count. */
#if !defined(abi3_slot)
#  if defined(Py_LIMITED_API)
#    define abi3_slot(type, slot, kind) ((kind)PyType_GetSlot((type), Py_##slot))
#    define abi3_table_slot(type, table, slot, kind) abi3_slot(type, slot, kind)
#  else
#    define abi3_slot(type, slot, kind) ((type)->slot)
#    define abi3_table_slot(type, table, slot, kind) \\
        ((type)->table != NULL ? (type)->table->slot : NULL)
#  endif
#endif
"""

_ASCII_TEXT = """
/* A string of ASCII written in place; under the Limited API it begins as bytes. */
#if !defined(abi3_ascii_new)
#  if defined(Py_LIMITED_API)
#    define abi3_ascii_new(size) PyBytes_FromStringAndSize(NULL, (size))
#    define abi3_ascii_data(bytes) ((unsigned char *)PyBytes_AsString(bytes))
static inline PyObject *
abi3_ascii_done(PyObject *bytes)
{
    PyObject *text = PyUnicode_DecodeASCII(
        PyBytes_AsString(bytes), PyBytes_Size(bytes), NULL);
    Py_DECREF(bytes);
    return text;
}
#  else
#    define abi3_ascii_new(size) PyUnicode_New((size), 127)
#    define abi3_ascii_data(text) PyUnicode_1BYTE_DATA(text)
#    define abi3_ascii_done(text) (text)
#  endif
#endif
"""

_FIELD_TEXT = """
/* A field that the Limited API hides, read by a newer function there. */
#if !defined(abi3_field)
#  if defined(Py_LIMITED_API)
#    define abi3_field(limited, field) (limited)
#  else
#    define abi3_field(limited, field) (field)
#  endif
#endif
"""

_NAME_TEXT = """
/* The Limited API has no name of a type as a C string. */
#if !defined(Py_LIMITED_API)
#  define abi3_type_name(type) ((type)->tp_name)
#elif !defined(abi3_type_name)
#  define abi3_type_name abi3_type_name
static inline const char *
abi3_type_name(PyTypeObject *type)
{
    static PyObject *names = NULL; /* keeps each text, by name */
    PyObject *error, *value, *trace, *name, *text = NULL;

    PyErr_Fetch(&error, &value, &trace);
    name = PyObject_GetAttrString((PyObject *)type, "__name__");
    if (names == NULL) {
        names = PyDict_New();
    }
    if (name != NULL && names != NULL) {
        text = PyDict_GetItemWithError(names, name);
        if (text == NULL && (text = PyUnicode_AsUTF8String(name)) != NULL) {
            int failed = PyDict_SetItem(names, name, text);
            Py_DECREF(text);
            text = failed ? NULL : text;
        }
    }
    Py_XDECREF(name);
    PyErr_Restore(error, value, trace);
    return text == NULL ? "?" : PyBytes_AsString(text);
}
#endif
"""

# A scalar may be wider than the field that is read of it, so there is room for each.
_SCALAR_TEXT = """
/* The value of a NumPy scalar, whose fields the Limited API hides. */
#if !defined(abi3_scalar)
#  if defined(Py_LIMITED_API)
#    define abi3_scalar(scalar, cls) (abi3_scalar_value((PyObject *)(scalar)).cls)
typedef union {
    npy_bool Bool;
    npy_byte Byte;
    npy_short Short;
    npy_int Int;
    npy_long Long;
    npy_longlong LongLong;
    npy_ubyte UByte;
    npy_ushort UShort;
    npy_uint UInt;
    npy_ulong ULong;
    npy_ulonglong ULongLong;
    npy_half Half;
    npy_float Float;
    npy_double Double;
    npy_longdouble LongDouble;
    npy_cfloat CFloat;
    npy_cdouble CDouble;
    npy_clongdouble CLongDouble;
    npy_datetime Datetime;
    npy_timedelta Timedelta;
} abi3_scalar_room;
static inline abi3_scalar_room
abi3_scalar_value(PyObject *scalar)
{
    abi3_scalar_room room;
    PyArray_ScalarAsCtype(scalar, &room);
    return room;
}
#  else
#    define abi3_scalar(scalar, cls) PyArrayScalar_VAL(scalar, cls)
#endif
"""

_PLAIN_NAME_TEXT = """
/* The name of a type without that of its module. */
#if !defined(abi3_plain_name)
#  define abi3_plain_name abi3_plain_name
static inline const char *
abi3_plain_name(PyTypeObject *type)
{
    const char *name = abi3_type_name(type), *each;
    for (each = name; *each != '\\0'; each++) {
        name = *each == '.' ? each + 1 : name;
    }
    return name;
}
#endif
"""

_TYPE_OBJECT_TEXT = """
/* What a type holds, borrowed as from its fields.  A metaclass may have attributes of
   these names, so type itself is asked; its __dict__ is a proxy of the dictionary. */
#if !defined(Py_LIMITED_API)
#  define abi3_type_dict(type) ((type)->tp_dict)
#  define abi3_type_mro(type) ((type)->tp_mro)
#elif !defined(abi3_type_dict)
#  define abi3_type_dict(type) abi3_type_object((type), "__dict__")
#  define abi3_type_mro(type) abi3_type_object((type), "__mro__")
static inline PyObject *
abi3_type_object(PyTypeObject *type, const char *name)
{
    PyObject *error, *value, *trace, *getters, *getter = NULL, *found = NULL;

    PyErr_Fetch(&error, &value, &trace);
    getters = PyObject_GetAttrString((PyObject *)&PyType_Type, "__dict__");
    if (getters != NULL) {
        getter = PyMapping_GetItemString(getters, name);
    }
    if (getter != NULL) {
        found = PyObject_CallMethod(getter, "__get__", "O", (PyObject *)type);
    }
    if (found != NULL && !PyTuple_Check(found)) {
        PyObject *gc = PyImport_ImportModule("gc"), *all = NULL, *proxy = found;
        if (gc != NULL) {
            all = PyObject_CallMethod(gc, "get_referents", "O", proxy);
        }
        found = all != NULL ? PySequence_GetItem(all, 0) : NULL;
        Py_XDECREF(all);
        Py_XDECREF(gc);
        Py_DECREF(proxy);
    }
    Py_XDECREF(found); /* the type keeps it */
    Py_XDECREF(getter);
    Py_XDECREF(getters);
    PyErr_Restore(error, value, trace);
    return found;
}
#endif
"""

_ATTRIBUTE_TEXT = """
/* A field that the Limited API hides, as an attribute of the object that keeps it. */
#if defined(Py_LIMITED_API) && !defined(abi3_attribute)
#  define abi3_attribute abi3_attribute
static inline PyObject *
abi3_attribute(PyObject *object, const char *name)
{
    PyObject *found = PyObject_GetAttrString(object, name);
    Py_XDECREF(found);
    return found;
}
#endif
"""

_NUMBER_TEXT = """
/* A number in a field that the Limited API hides, as an attribute. */
#if defined(Py_LIMITED_API) && !defined(abi3_number)
#  define abi3_number abi3_number
static inline int
abi3_number(PyObject *object, const char *name)
{
    PyObject *found = PyObject_GetAttrString(object, name);
    long number = found != NULL ? PyLong_AsLong(found) : -1;
    Py_XDECREF(found);
    return (int)number;
}
#endif
"""

_TEXT_TEXT = """
/* Characters of a string; under the Limited API the string stands for its memory. */
#if !defined(abi3_text_data)
#  if defined(Py_LIMITED_API)
#    define abi3_text_data(text) ((void *)(text))
#    define abi3_text_read(kind, text, index) \\
        ((void)(kind), abi3_text_character((PyObject *)(text), (index)))
static inline Py_UCS4
abi3_text_character(PyObject *text, Py_ssize_t index)
{
    return index < PyUnicode_GetLength(text) ? PyUnicode_ReadChar(text, index) : 0;
}
#  else
#    define abi3_text_data(text) PyUnicode_DATA(text)
#    define abi3_text_read(kind, data, index) PyUnicode_READ(kind, data, index)
#  endif
#endif
"""

_IMMUTABLE_TEXT = """
/* No attribute can be set on a type with this flag, as on a static one; since 3.10. */
#if !defined(abi3_immutable_type)
#  if defined(Py_TPFLAGS_IMMUTABLETYPE)
#    define abi3_immutable_type Py_TPFLAGS_IMMUTABLETYPE
#  else
#    define abi3_immutable_type 0
#  endif
#endif
"""

_INCLUDE = re.compile(rb"(?m)^[ \t]*#[ \t]*include\b[^\n]*\n")
_CONDITION = re.compile(
    rb"(?m)^[ \t]*#[ \t]*(?P<what>if|ifdef|ifndef|endif)\b[^\n]*\n?"
)


_HELPERS = (
    ("abi3_(?:type|plain)_name", TYPE_NAME, _NAME_TEXT),
    (PLAIN_NAME, PLAIN_NAME, _PLAIN_NAME_TEXT),
    ("abi3_(?:table_)?slot", SLOT, _SLOT_TEXT),
    (FIELD, FIELD, _FIELD_TEXT),
    (f"{ASCII}_new", f"{ASCII}_new", _ASCII_TEXT),
    ("abi3_type_(?:dict|mro)", TYPE_DICTIONARY, _TYPE_OBJECT_TEXT),
    (ATTRIBUTE, ATTRIBUTE, _ATTRIBUTE_TEXT),
    (NUMBER, NUMBER, _NUMBER_TEXT),
    ("abi3_text_(?:data|read)", "abi3_text_data", _TEXT_TEXT),
    (SCALAR, SCALAR, _SCALAR_TEXT),
    (IMMUTABLE, IMMUTABLE, _IMMUTABLE_TEXT),
)
"""A pattern of uses, the macro that shows a definition, and the definition."""


def helper_edits(sources: SourceFiles, file: str, texts: Iterable[bytes]) -> list[Edit]:
    """Return the edits that define the helpers that new texts of a file use.

    All of them go to one place, so they are one edit.
    """
    source = sources.files[file].source
    used = b" ".join(texts)
    wanted = [
        text
        for pattern, shown, text in _HELPERS
        if re.search(rb"\b%b\b" % pattern.encode(), used)
        and not re.search(rb"define %b\b" % shown.encode(), source)
    ]
    if not wanted:
        return []
    newline = read_style(sources.files[file]).newline
    at = place_after_includes(source)
    return [Edit(at, at, "".join(wanted).replace("\n", newline).encode())]


def with_helpers(sources: SourceFiles, found: Found) -> Found:
    """Return what was found, with the definitions of helpers that its texts use."""

    def write(subjects: Sequence[str]) -> Written:
        written = found.write(subjects)
        edits = {
            file: [*some, *helper_edits(sources, file, (each.text for each in some))]
            for file, some in written.edits.items()
        }
        return Written(edits, written.remarks)

    return Found(found.subjects, write, found.left, found.groups)


def include_edit(sources: SourceFiles, file: str, header: str) -> Edit | None:
    """Return the edit that includes a header in a file; None if it does already."""
    source = sources.files[file].source
    if re.search(
        rb"#[ \t]*include[^\n]*[<\"/]%b[>\"]" % re.escape(header.encode()), source
    ):
        return None
    newline = read_style(sources.files[file]).newline
    at = place_after_includes(source)
    return Edit(at, at, f"#include <{header}>{newline}".encode())


def place_after_includes(source: bytes) -> int:
    """Return the offset after the includes at the top, outside of every ``#if``.

    The ``#if`` that guards a whole header does not count.
    """
    includes = list(_INCLUDE.finditer(source))
    first_code = re.search(
        rb"(?m)^[\w].*[;{]",
        re.sub(
            rb"/\*.*?\*/",
            lambda match: re.sub(rb"[^\n]", b" ", match[0]),
            source,
            flags=re.DOTALL,
        ),
    )
    limit = first_code.start() if first_code else len(source)
    early = [each for each in includes if each.start() < limit] or includes[:1]
    at = early[-1].end() if early else 0
    depth = 0
    guard = _guard_end(source)
    for match in _CONDITION.finditer(source):
        if match.start() >= at and depth <= guard:
            break
        depth += 1 if match["what"] != b"endif" else -1
        if match.start() >= at:
            at = match.end()
    return at


def _guard_end(source: bytes) -> int:
    """Return 1 if the source is a header with a guard around all of it, else 0."""
    guarded = re.search(
        rb"(?m)^[ \t]*#[ \t]*ifndef[ \t]+(\w+)[^\n]*\n[ \t]*#[ \t]*define[ \t]+\1\b",
        source,
    )
    return int(guarded is not None)
