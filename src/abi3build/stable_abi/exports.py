"""Which CPython really exports a symbol, whatever the manifest promises.

The two differ: CPython exported many functions long before they became stable, and the
``python3.dll`` of older releases lacks functions that count as stable since then.
"""

from __future__ import annotations

from abi3build.stable_abi.names import find_name
from abi3build.versions import PythonVersion

__all__ = [
    "FIRST_EXAMINED_DLL",
    "LAST_INCOMPLETE_DLL",
    "linux_exports",
    "windows_exports",
]

FIRST_EXAMINED_DLL = PythonVersion(3, 5)
"""The oldest version whose ``python3.dll`` the tables know."""

LAST_INCOMPLETE_DLL = PythonVersion(3, 9)
"""The newest version whose ``python3.dll`` lacks what counts as stable by then."""


def linux_exports(symbol: str) -> tuple[PythonVersion, ...]:
    """Give the versions whose regular Linux build exports a symbol, sorted.

    Versions from 3.6 to the newest known one were examined, by the dynamic symbols of
    the releases that ``abi3build.stable_abi.names.examined_releases`` names; debug and
    free-threaded builds were not.
    """
    name = find_name(symbol)
    return name.linux if name else ()


def windows_exports(symbol: str) -> tuple[PythonVersion, ...]:
    """Give the versions whose ``python3.dll`` has a symbol in every release, sorted.

    Versions from 3.5 on were examined: up to 3.10 in the lists of several releases'
    ``PC/python3.def`` and ``PC/python3dll.c``; from 3.11 on CPython makes that list
    from the manifest.  Entries that lead to nothing do not count: symbols of debug
    builds, and functions that the list kept when CPython dropped them.
    """
    name = find_name(symbol)
    return name.windows if name else ()
