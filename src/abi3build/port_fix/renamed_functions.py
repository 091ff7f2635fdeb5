"""Names outside the limit that have a limited twin with the same meaning.

Only twins that every supported header has, with or without the limit; what needs more
than another name is the compatibility header's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import SCALAR, with_helpers
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.port_fix.rewrites import Found, View

__all__ = ["RENAMED_FUNCTIONS"]

_TWINS = {
    "_PyObject_CallNoArg": ("PyObject_CallNoArgs", "3.10"),
    "_PyObject_GC_TRACK": ("PyObject_GC_Track", "3.2"),
    "_PyObject_GC_UNTRACK": ("PyObject_GC_UnTrack", "3.2"),
    "_PyUnicode_AsStringAndSize": ("PyUnicode_AsUTF8AndSize", "3.10"),
    "PyObject_DEL": ("PyObject_Free", "3.2"),
    "PyObject_FREE": ("PyObject_Free", "3.2"),
    "PyObject_MALLOC": ("PyObject_Malloc", "3.2"),
    "PyObject_REALLOC": ("PyObject_Realloc", "3.2"),
    "PyMem_DEL": ("PyMem_Free", "3.2"),
    "PyMem_FREE": ("PyMem_Free", "3.2"),
    "PyMem_MALLOC": ("PyMem_Malloc", "3.2"),
    "PyMem_REALLOC": ("PyMem_Realloc", "3.2"),
    "Py_MEMCPY": ("memcpy", "3.2"),
    # What NumPy names in its place, beside the macro in numpy/arrayscalars.h.
    "PyArrayScalar_VAL": (SCALAR, "3.2"),
}
_MISSING = re.compile(
    r"(?:implicit declaration of function '(?P<a>\w+)'|'(?P<b>\w+)' undeclared"
    r"|'(?P<c>\w+)' was not declared in this scope"
    r"|use of undeclared identifier '(?P<d>\w+)')"
)


def _find(view: View) -> Found:
    names = {
        next(each for each in found.groups() if each)
        for error in view.errors
        if (found := _MISSING.search(error.text)) is not None
    }
    proposals = []
    for name in sorted(names & _TWINS.keys()):
        twin, since = _TWINS[name]
        if PythonVersion.parse(since) > view.sources.floor:
            continue
        pattern = re.compile(rb"\b%b\b(?=\s*\()" % name.encode())
        edits: dict[str, tuple[Edit, ...]] = {}
        for file in sorted(view.sources.files):
            some = tuple(
                Edit(match.start(), match.end(), twin.encode())
                for match in pattern.finditer(view.sources.code_of(file))
                if not view.sources.is_dropped(file, match.start())
            )
            if some:
                edits[file] = some
        if edits:
            proposals.append(Proposal(f"{name} to {twin}", edits))
    return with_helpers(view.sources, found_of(proposals))


RENAMED_FUNCTIONS = Rewrite("names outside the limit with a limited equivalent", _find)
