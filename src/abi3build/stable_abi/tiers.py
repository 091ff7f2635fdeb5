"""What standing a name of the C API has: from stable to unknown.

The tier of a name outside the stable ABI is data in ``names.txt``, made by
``tools/generate_stable_abi.py`` from the headers and the dynamic symbols of the
releases that ``abi3build.stable_abi.names.examined_releases`` gives.
"""

from __future__ import annotations

import re
from enum import Enum

from abi3build.stable_abi.names import find_name

__all__ = ["Tier", "looks_like_cpython", "tier"]

_CPYTHON_NAME = re.compile(
    r"(?!Py(?:Init|InitU|ModExport|ModExportU)_)_?Py(?:_|[A-Z])\w*", re.ASCII
)


class Tier(Enum):
    """Say what standing a name has; the values are for people."""

    STABLE = "in the stable ABI"
    """In CPython's manifest of the stable ABI, whatever the version."""

    PUBLIC = "public, not in the Limited API"
    """A public header declares it in some version."""

    UNSTABLE = "PyUnstable_, may change with every minor version"
    """Public by PEP 689, for those who follow every version."""

    PRIVATE = "private, never stable"
    """A public header declares it in some version; it begins with an underscore."""

    INTERNAL = "internal to CPython, never stable"
    """CPython exports it or its headers under ``internal`` have it; no public header
    of any version does."""

    MACRO = "a macro outside the Limited API"
    """A function-like macro, an alias or an inline function that the headers hide
    under ``Py_LIMITED_API``, or a private one: no CPython exports it."""

    LIMITED_MACRO = "a macro of the Limited API, not a symbol"
    """A macro or an inline function that the headers offer under ``Py_LIMITED_API``
    too: a binary that takes it as a symbol was compiled without its header."""

    UNKNOWN = "no CPython has it"
    """No release examined, from 3.6 on, exports or declares it."""


def tier(name: str) -> Tier:
    """Give the standing of a name, the most favorable over all versions.

    Exported symbols come before macros: ``PyCell_Set`` is a function even where a
    macro hides it.
    """
    known = find_name(name)
    return Tier.UNKNOWN if known is None else Tier[known.tier.upper()]


def looks_like_cpython(name: str) -> bool:
    """Tell whether a symbol has the form of CPython's own: ``Py_...``, ``_PyX...``.

    The functions by which CPython finds a module, such as ``PyInit_demo`` and
    ``PyModExport_demo`` (PEP 489, PEP 793), belong to the modules.
    """
    return _CPYTHON_NAME.fullmatch(name) is not None
