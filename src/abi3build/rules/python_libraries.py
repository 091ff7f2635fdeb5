"""Recognize CPython's own libraries by the names under which images ask for them.

Windows: PC/pyconfig.h.in of CPython.  MSYS2 and Cygwin: ``libpython3.11.dll``.
macOS: ``Python.framework/Versions/3.11/Python`` and ``libpython3.11.dylib``, Apple's
own ``Python3.framework``.  Linux: ``libpython3.11.so.1.0``, ``libpython3.so``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from abi3build.light_typing import NamedTuple

__all__ = ["PythonLibrary", "is_python_library", "parse_python_library"]

_WINDOWS = (
    r"(?i)(?:lib)?python3(?:\.?(?P<minor>[0-9]{1,2}))?(?P<threads>t?)(?P<debug>_d|d)?"
    r"\.dll"
)
_UNIX = (
    r"libpython3(?:\.(?P<minor>[0-9]{1,2}))?m?(?P<threads>t?)(?P<debug>d?)m?"
    r"\.(?:so(?:\.[0-9.]+)?|dylib)"
)
_FRAMEWORK = (
    r"Python3?(?P<threads>T?)\.framework/(?:Versions/3\.(?P<minor>[0-9]{1,2})/)?"
    r"Python3?T?$"
)


class PythonLibrary(NamedTuple):
    """Say which Pythons a library belongs to."""

    name: str
    """The last part of the name in the image, as the image spells it."""

    minor: int | None
    """The minor version of the one Python that has it; None for the stable ABI's."""

    debug: bool
    free_threaded: bool


@lru_cache(maxsize=1024)
def parse_python_library(name: str) -> PythonLibrary | None:
    """Recognize a library of CPython's; None for any other."""
    if "python" not in name.lower():
        return None
    base = name.replace("\\", "/").rpartition("/")[2]
    match = (
        re.fullmatch(_WINDOWS, base)
        or re.fullmatch(_UNIX, base)
        or re.search(_FRAMEWORK, name)
    )
    if match is None:
        return None
    words = match.groupdict()
    return PythonLibrary(
        name=base,
        minor=int(words["minor"]) if words["minor"] else None,
        debug=bool(words.get("debug")),
        free_threaded=bool(words["threads"]),
    )


def is_python_library(name: str) -> bool:
    """Tell whether a library is one of CPython's."""
    return parse_python_library(name) is not None
