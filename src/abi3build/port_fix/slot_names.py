"""The slots of types: the order of CPython's structures and what each slot holds.

Orders are those of ``Include/cpython/object.h``, which has kept them since 3.0 (only
``tp_print`` became ``tp_vectorcall_offset``, ``tp_reserved`` became ``tp_as_async``):
https://docs.python.org/3/c-api/typeobj.html
"""

from __future__ import annotations

from abi3build.stable_abi.type_fields import TYPE_FIELDS

__all__ = [
    "FUNCTION_TYPES",
    "OFFSET_MEMBERS",
    "SPEC_FIELDS",
    "TABLES",
    "TABLE_FIELDS",
    "UNUSED_FIELDS",
    "is_slot",
]

TABLES = {
    "PyNumberMethods": [
        "nb_add",
        "nb_subtract",
        "nb_multiply",
        "nb_remainder",
        "nb_divmod",
        "nb_power",
        "nb_negative",
        "nb_positive",
        "nb_absolute",
        "nb_bool",
        "nb_invert",
        "nb_lshift",
        "nb_rshift",
        "nb_and",
        "nb_xor",
        "nb_or",
        "nb_int",
        "nb_reserved",
        "nb_float",
        "nb_inplace_add",
        "nb_inplace_subtract",
        "nb_inplace_multiply",
        "nb_inplace_remainder",
        "nb_inplace_power",
        "nb_inplace_lshift",
        "nb_inplace_rshift",
        "nb_inplace_and",
        "nb_inplace_xor",
        "nb_inplace_or",
        "nb_floor_divide",
        "nb_true_divide",
        "nb_inplace_floor_divide",
        "nb_inplace_true_divide",
        "nb_index",
        "nb_matrix_multiply",
        "nb_inplace_matrix_multiply",
    ],
    "PySequenceMethods": [
        "sq_length",
        "sq_concat",
        "sq_repeat",
        "sq_item",
        "was_sq_slice",
        "sq_ass_item",
        "was_sq_ass_slice",
        "sq_contains",
        "sq_inplace_concat",
        "sq_inplace_repeat",
    ],
    "PyMappingMethods": ["mp_length", "mp_subscript", "mp_ass_subscript"],
    "PyAsyncMethods": ["am_await", "am_aiter", "am_anext", "am_send"],
    "PyBufferProcs": ["bf_getbuffer", "bf_releasebuffer"],
}
"""The fields of each table of functions, in order."""

TABLE_FIELDS = {
    "tp_as_number": "PyNumberMethods",
    "tp_as_sequence": "PySequenceMethods",
    "tp_as_mapping": "PyMappingMethods",
    "tp_as_async": "PyAsyncMethods",
    "tp_as_buffer": "PyBufferProcs",
}

SPEC_FIELDS = {
    "tp_name": "name",
    "tp_basicsize": "basicsize",
    "tp_itemsize": "itemsize",
    "tp_flags": "flags",
}
"""What ``PyType_Spec`` says, and under which name."""

OFFSET_MEMBERS = {
    "tp_weaklistoffset": "__weaklistoffset__",
    "tp_dictoffset": "__dictoffset__",
    "tp_vectorcall_offset": "__vectorcalloffset__",
}
"""Fields that a type from a spec takes from a member of this name, since 3.9.

https://docs.python.org/3/c-api/type.html#c.PyType_Slot
"""

UNUSED_FIELDS = frozenset(
    {"was_sq_slice", "was_sq_ass_slice", "nb_reserved", "ob_base"}
)
"""Fields that Python 3 never reads."""

_NO_SLOTS = frozenset(
    {
        *TABLE_FIELDS,
        *SPEC_FIELDS,
        *OFFSET_MEMBERS,
        "tp_base",
        "tp_bases",
        "tp_cache",
        "tp_dict",
        "tp_mro",
        "tp_print",
        "tp_subclasses",
        "tp_vectorcall",
        "tp_version_tag",
        "tp_weaklist",
    }
)
_FIELDS = frozenset(TYPE_FIELDS).union(*TABLES.values()) - _NO_SLOTS - UNUSED_FIELDS


def is_slot(field: str) -> bool:
    """Tell whether a field has a slot of its name, such as ``Py_tp_new``."""
    return field in _FIELDS


_BY_FUNCTION_TYPE = {
    "allocfunc": "tp_alloc",
    "binaryfunc": (
        "mp_subscript nb_add nb_and nb_divmod nb_floor_divide nb_inplace_add"
        " nb_inplace_and nb_inplace_floor_divide nb_inplace_lshift"
        " nb_inplace_matrix_multiply nb_inplace_multiply nb_inplace_or"
        " nb_inplace_remainder nb_inplace_rshift nb_inplace_subtract"
        " nb_inplace_true_divide nb_inplace_xor nb_lshift nb_matrix_multiply"
        " nb_multiply nb_or nb_remainder nb_rshift nb_subtract nb_true_divide nb_xor"
        " sq_concat sq_inplace_concat"
    ),
    "descrgetfunc": "tp_descr_get",
    "descrsetfunc": "tp_descr_set",
    "destructor": "tp_dealloc tp_del tp_finalize",
    "freefunc": "tp_free",
    "getattrfunc": "tp_getattr",
    "getattrofunc": "tp_getattro",
    "int (*)(PyObject *, Py_buffer *, int)": "bf_getbuffer",
    "getiterfunc": "tp_iter",
    "hashfunc": "tp_hash",
    "initproc": "tp_init",
    "inquiry": "nb_bool tp_clear tp_is_gc",
    "iternextfunc": "tp_iternext",
    "lenfunc": "mp_length sq_length",
    "newfunc": "tp_new",
    "objobjargproc": "mp_ass_subscript",
    "objobjproc": "sq_contains",
    "void (*)(PyObject *, Py_buffer *)": "bf_releasebuffer",
    "reprfunc": "tp_repr tp_str",
    "richcmpfunc": "tp_richcompare",
    "setattrfunc": "tp_setattr",
    "setattrofunc": "tp_setattro",
    "ssizeargfunc": "sq_inplace_repeat sq_item sq_repeat",
    "ssizeobjargproc": "sq_ass_item",
    "ternaryfunc": "nb_inplace_power nb_power tp_call",
    "traverseproc": "tp_traverse",
    "unaryfunc": (
        "am_aiter am_anext am_await nb_absolute nb_float nb_index nb_int nb_invert"
        " nb_negative nb_positive"
    ),
}

FUNCTION_TYPES = {
    slot: function_type
    for function_type, slots in _BY_FUNCTION_TYPE.items()
    for slot in slots.split()
}
"""The type of the function in a slot, as the limited headers name it."""
