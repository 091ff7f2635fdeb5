"""Which symbols a module may take from ``python3.dll`` on every Python from a floor."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.stable_abi.conditions import Platform, condition_holds
from abi3build.stable_abi.exports import FIRST_EXAMINED_DLL, windows_exports
from abi3build.stable_abi.table import stable_symbols
from abi3build.versions import NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from abi3build.stable_abi.table import StableSymbol

__all__ = ["linkable_symbols"]


def linkable_symbols(floor: PythonVersion) -> tuple[StableSymbol, ...]:
    """Give what counts as stable at the floor and is in every DLL since, sorted.

    The two differ: ``PyThread_allocate_lock`` counts as stable since 3.2, and the list
    of ``python3.dll``, kept by hand before 3.10, lacked it
    (https://peps.python.org/pep-0652/).
    """
    first = max(floor, FIRST_EXAMINED_DLL)
    minors = range(first.minor, NEWEST_KNOWN.minor + 1)
    promised = {PythonVersion(3, minor) for minor in minors}
    return tuple(
        symbol
        for symbol in stable_symbols().values()
        if symbol.added <= floor
        and condition_holds(symbol.condition, Platform.WINDOWS, floor)
        and promised.issubset(windows_exports(symbol.name))
    )
