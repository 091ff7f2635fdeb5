"""Write the import library of ``python3.dll`` for a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.import_libraries.import_objects import (
    archive,
    descriptor_objects,
    short_import,
)
from abi3build.outputs import replace_whole
from abi3build.stable_abi.stable_symbols import (
    FIRST_EXAMINED_DLL,
    SymbolKind,
    SystemOfPython,
    condition_holds,
    stable_symbols,
    windows_exports,
)
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abi3build.import_libraries.import_objects import Machine
    from abi3build.stable_abi.stable_symbols import StableSymbol

__all__ = ["ImportLibrary", "linkable_symbols", "write_import_library"]


def linkable_symbols(floor: PythonVersion) -> tuple[StableSymbol, ...]:
    """Return what counts as stable at the floor and is in every DLL since, sorted.

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
        and condition_holds(symbol.condition, SystemOfPython.WINDOWS, floor)
        and promised.issubset(windows_exports(symbol.name))
    )


@dataclass(frozen=True)
class ImportLibrary:
    """Say where an import library is and which options make linkers use it."""

    name: str
    """What follows ``-l``: ``python3``, or ``python3t`` for abi3t."""

    microsoft: Path
    """``python3.lib``, the name that ``pyconfig.h`` asks Microsoft's linker for."""

    gnu: Path
    """``libpython3.dll.a``, the name that ``-lpython3`` looks for with MinGW."""

    definition: Path
    """``python3.def``, for tools that make a library by themselves."""

    symbols: int
    """How many functions and variables it has."""


def write_import_library(
    folder: Path, floor: PythonVersion, machine: Machine, *, abi3t: bool = False
) -> ImportLibrary:
    """Write the library under both names, and its list, into a folder that is made.

    It contains what every Python from the floor up has in ``python3.dll``
    (``python3t.dll`` for abi3t), so a function that is too new does not link.  The same
    arguments produce the same bytes.  Raise ``UsageError`` if abi3t is requested below
    3.15 or a file cannot be written.
    """
    if abi3t and floor < FIRST_ABI3T:
        message = (
            f"Python {floor} has no python3t.dll, which exists since {FIRST_ABI3T}: use"
            f' "{FIRST_ABI3T}", or leave out abi3t'
        )
        raise UsageError(message)
    name = "python3t" if abi3t else "python3"
    dll = f"{name}.dll"
    symbols = linkable_symbols(floor)
    imports = (short_import(symbol, dll, machine) for symbol in symbols)
    data = archive(dll, [*descriptor_objects(dll, machine), *imports])
    library = ImportLibrary(
        name,
        folder / f"{name}.lib",
        folder / f"lib{name}.dll.a",
        folder / f"{name}.def",
        len(symbols),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_whole(library.microsoft, data)
        replace_whole(library.gnu, data)
        replace_whole(library.definition, _definition(dll, symbols))
    except OSError as fault:
        message = f"{folder}: {fault.strerror}: name a folder that can be written to"
        raise UsageError(message) from None
    return library


def _definition(dll: str, symbols: Sequence[StableSymbol]) -> bytes:
    """List the symbols in the form of a module-definition file.

    https://learn.microsoft.com/en-us/cpp/build/reference/exports
    """
    names = (
        f"    {symbol.name}{' DATA' if symbol.kind is SymbolKind.DATA else ''}\n"
        for symbol in symbols
    )
    return f"LIBRARY {dll}\nEXPORTS\n{''.join(names)}".encode("ascii")
