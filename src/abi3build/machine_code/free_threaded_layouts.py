"""Whether an image was compiled for the objects of a free-threaded Python.

Their heads are longer, and ``ob_type`` is at byte 32: ``Include/object.h`` of CPython
3.13 to 3.15, in the parts for ``Py_GIL_DISABLED``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

__all__ = ["has_free_threaded_layouts"]


_COUNTING = frozenset(
    ("_Py_DecRefShared", "_Py_DecRefSharedDebug", "_Py_MergeZeroLocalRefcount")
)
"""What ``Py_DECREF`` calls there, unless the limited API hides the counter:
``Include/refcount.h``."""

_FILE = re.compile(r"\.(?:cpython-|cp)3\d+td?[-.]")
_LIBRARY = re.compile(
    r"(?:^|[/\\])(?:lib)?python3\.?\d+td?\.(?:dll|so|dylib)|PythonT\.framework",
    re.IGNORECASE,
)


def has_free_threaded_layouts(image: Image, path: str) -> bool:
    """Tell whether an image, or its file's name, is for free-threaded Pythons only.

    Code that was compiled for ``abi3t`` reads no fields, and works on others too.
    """
    return (
        _FILE.search(path) is not None
        or any(_LIBRARY.search(name) for name in image.libraries)
        or any(each.symbol in _COUNTING for each in image.imports)
    )
