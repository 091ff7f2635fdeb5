"""Whether an image can receive objects whose fields are not hidden by CPython."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

__all__ = ["knows_all_types"]


_MAKERS = re.compile(
    r"PyType_(?!IsSubtype$|GetFlags$|GetName$|GetQualName$)\w+|PyCapsule_\w+|PyObject_Init"
    r"(Var)?|_PyObject_\w+|PyStructSequence_\w+|PyObject_GetTypeData|PyCFunction_\w+"
    r"|PyCMethod_New|PyObject_GC_\w+|PyObject_Malloc|PyObject_Calloc|PyDescr_\w+"
)
"""What modules take to make types and objects of their own, or to reach those whose
fields another module shows to them in C, such as NumPy's arrays."""

_LIBRARIES = re.compile(
    r"(?:.*/)?(?:lib(?:c|m|dl|rt|pthread|util|gcc_s|stdc\+\+|c\+\+|System|objc|python3)"
    r"\b[-.\w]*|ld-[-.\w]*|(?:kernel32|advapi32|user32|ws2_32|msvcrt|ucrtbase|msvcp140)"
    r"\.dll|vcruntime140\w*\.dll|api-ms-win-[-.\w]*|python3\w*\.dll|python3\d*)",
    re.IGNORECASE,
)
"""Those of systems, compilers and Python."""


def knows_all_types(image: Image) -> bool:
    """Tell whether every object that an image can receive is of one of CPython's types.

    It creates no types, and gets none from other libraries, so it has no reason to know
    fields of other types.
    """
    return not any(_MAKERS.fullmatch(each.symbol) for each in image.imports) and all(
        _LIBRARIES.fullmatch(name) for name in image.libraries
    )
