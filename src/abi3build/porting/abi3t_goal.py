"""What abi3t hides beyond the limit of 3.15.

The names are those that the headers of 3.15 offer under ``Py_LIMITED_API`` and not
under ``Py_TARGET_ABI3T``: https://peps.python.org/pep-0803/ and
https://docs.python.org/3.15/c-api/stable.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.porting.uses import UseKind

if TYPE_CHECKING:
    from abi3build.porting.uses import Use

__all__ = ["ABI3T_PAGE", "hidden_from_abi3t"]

ABI3T_PAGE = "https://peps.python.org/pep-0803/"

_OBJECT = (
    "PyObject is opaque: its fields cannot be part of a structure",
    "PyType_Spec with a negative basicsize, and PyObject_GetTypeData for the fields",
)
_MODULE = (
    "PyModuleDef is opaque: it cannot define a module",
    "PyModExport_ with slots (3.15), beside PyInit_ for older Pythons behind one #if",
)
_NAMES = {
    "PyModuleDef_Base": _MODULE,
    "PyModuleDef_HEAD_INIT": _MODULE,
    "PyObject_HEAD": _OBJECT,
    "PyObject_HEAD_INIT": _OBJECT,
    "PyObject_VAR_HEAD": _OBJECT,
    "PyVarObject_HEAD_INIT": _OBJECT,
    "Py_SET_TYPE": ("the type of an object cannot be set from outside", ""),
    "_PyObject_EXTRA_INIT": _OBJECT,
}
_FIELDS = {
    "ob_refcnt": "Py_REFCNT to read it; it cannot be written",
    "ob_size": "Py_SIZE or Py_SET_SIZE",
    "ob_type": "Py_TYPE",
}
_OPAQUE = {"PyObject", "PyVarObject", "PyModuleDef", "PyModuleDef_Base"}


def hidden_from_abi3t(use: Use) -> tuple[str, str] | None:
    """Return why abi3t hides a use and what to do instead; None if it does not."""
    if use.kind is UseKind.NAME:
        return _NAMES.get(use.name)
    if use.kind is UseKind.MODULE_INIT:
        return "only PyModExport_ can create a module for abi3t", _MODULE[1]
    if use.structure not in _OPAQUE or use.kind is UseKind.OBJECT_MACRO:
        return None
    if use.kind is UseKind.FIELD:
        field = use.name.partition(".")[2]
        return "PyObject is opaque under abi3t", _FIELDS.get(field, "")
    return _MODULE if use.structure.startswith("PyModuleDef") else _OBJECT
