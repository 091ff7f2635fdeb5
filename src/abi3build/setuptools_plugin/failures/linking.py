"""Say which functions a linker of Windows did not find in ``python3.dll``.

Linkers elsewhere leave Python's functions to the import.
"""

from __future__ import annotations

import re

from abi3build.light_typing import TYPE_CHECKING
from abi3build.stable_abi.exports import windows_exports
from abi3build.stable_abi.names import find_name
from abi3build.stable_abi.table import stable_symbols

if TYPE_CHECKING:
    from abi3build.versions import PythonVersion

__all__ = ["explain_link"]

_MISSING = re.compile(
    r"(?:undefined (?:symbol|reference to)|unresolved external symbol)"
    r":? [`'\"]?(?:__declspec\(dllimport\) )?(?:__imp_)?(_{0,2}Py\w+)"
)
"""In the words of LLVM's, GNU's and Microsoft's linkers."""


def explain_link(output: str, floor: PythonVersion) -> list[str]:
    """Give a line for each function of Python's that is missing, and the next steps."""
    names = list(dict.fromkeys(map(_undecorated, _MISSING.findall(output))))
    lines = [f"{name}: not in python3.dll of Python {floor}" for name in names]
    return [*lines, *(hint for name in names for hint in _hints(name, floor))]


def _undecorated(name: str) -> str:
    """Take off the underscore that names of C have on 32-bit Windows alone."""
    shorter = name.removeprefix("_")
    return shorter if find_name(name) is None and find_name(shorter) else name


def _hints(name: str, floor: PythonVersion) -> list[str]:
    stable = stable_symbols().get(name)
    if stable is None:
        return [f"hint: `abi3build symbol {name}` says what to use instead"]
    since = [version for version in windows_exports(name) if version > floor]
    settling = stable.added if stable.added > floor else next(iter(since), None)
    if settling is None:
        return []
    return [f'hint: min-python = "{settling}" settles {name} on Windows']
