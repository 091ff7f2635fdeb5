"""Keep ``"s#"`` and its like right on older Pythons without abi3build's Python.h.

It does not come in with Microsoft's compiler and where nothing is verified.  Elsewhere
it does the same, and only for units that define ``PY_SSIZE_T_CLEAN``.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["keep_sized_formats"]

_FIRST_ALWAYS_SIZED = PythonVersion(3, 13)
"""Since when the plain functions take ``Py_ssize_t`` for ``#``.

Its headers no longer map them to the others, which older Pythons need:
https://github.com/python/cpython/issues/104922
"""

_FUNCTIONS = (
    "PyArg_Parse",
    "PyArg_ParseTuple",
    "PyArg_ParseTupleAndKeywords",
    "PyArg_VaParse",
    "PyArg_VaParseTupleAndKeywords",
    "PyObject_CallFunction",
    "PyObject_CallMethod",
    "Py_BuildValue",
    "Py_VaBuildValue",
)


def keep_sized_formats(extension: Extension, plan: Plan) -> None:
    """Rename the functions for units that will run below 3.13; twice does no more.

    A unit without ``PY_SSIZE_T_CLEAN`` may not use ``#`` from 3.10 to 3.12 at all, and
    for every other format both are the same.
    """
    needed = plan.target.floor < _FIRST_ALWAYS_SIZED <= plan.builder.version
    given = {macro[0] for macro in extension.define_macros}
    if needed and not given.issuperset(_FUNCTIONS):
        renamed = [(name, f"_{name}_SizeT") for name in _FUNCTIONS]
        extension.define_macros = [*extension.define_macros, *renamed]
