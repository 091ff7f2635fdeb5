"""Say what a linker did not find: functions of Python, or libraries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.stable_abi.known_names import find_name
from abi3build.stable_abi.stable_symbols import stable_symbols, windows_exports

if TYPE_CHECKING:
    from abi3build.versions import PythonVersion

__all__ = ["explain_link", "missing_libraries"]

_MISSING = re.compile(
    r"(?:undefined (?:symbol|reference to)|unresolved external symbol)"
    r":? [`'\"]?(?:__declspec\(dllimport\) )?(?:__imp_)?(_{0,2}Py\w+)"
)
"""In the words of LLVM's, GNU's and Microsoft's linkers."""

_LIBRARY = re.compile(
    r"(?:cannot find -l(?P<gnu>[^\s:]+)"
    r"|unable to find library -l(?P<llvm>\S+)"
    r"|library not found for -l(?P<old_apple>\S+)"
    r"|library '(?P<apple>[^'\s]+)' not found"
    r"|could not open '(?P<lld_link>[^'\s]+)\.lib'"
    r"|LNK1(?:104|181): cannot open (?:input )?file '(?P<microsoft>[^'\s]+)\.lib')"
)
"""In the words of GNU's, LLVM's, Apple's and Microsoft's linkers."""


def explain_link(output: str, floor: PythonVersion) -> list[str]:
    """Return a line for each missing function of Python, and the next steps.

    Only Windows needs them: linkers elsewhere resolve Python's functions at import.
    """
    names = list(dict.fromkeys(map(_undecorated, _MISSING.findall(output))))
    lines = [f"{name}: not in python3.dll of Python {floor}" for name in names]
    return [*lines, *(hint for name in names for hint in _hints(name, floor))]


def missing_libraries(output: str) -> list[str]:
    """Return the names of the libraries that a linker did not find, in its order."""
    found = (next(filter(None, match.groups())) for match in _LIBRARY.finditer(output))
    return list(dict.fromkeys(found))


def _undecorated(name: str) -> str:
    """Remove the underscore that C names have on 32-bit Windows only."""
    shorter = name.removeprefix("_")
    return shorter if find_name(name) is None and find_name(shorter) else name


def _hints(name: str, floor: PythonVersion) -> list[str]:
    stable = stable_symbols().get(name)
    if stable is None:
        return [f"hint: `abi3build symbol {name}` shows what to use instead"]
    since = [version for version in windows_exports(name) if version > floor]
    settling = stable.added if stable.added > floor else next(iter(since), None)
    if settling is None:
        return []
    return [f'hint: min-python = "{settling}" settles {name} on Windows']
