"""The symbols of the stable ABI, as CPython's own manifest lists them.

With the condition under which a platform has each, and what Linux builds export.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import find_name, lines_by_name, read_table
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FIRST_EXAMINED_DLL",
    "FIRST_EXAMINED_ON_LINUX",
    "LAST_INCOMPLETE_DLL",
    "StableSymbol",
    "SymbolKind",
    "SystemOfPython",
    "condition_holds",
    "format_symbols",
    "linux_exports",
    "parse_symbols",
    "stable_symbols",
    "windows_exports",
]


class SystemOfPython(Enum):
    """Name the systems for which CPython is released."""

    LINUX = "Linux"
    MACOS = "macOS"
    WINDOWS = "Windows"
    EMSCRIPTEN = "Emscripten"


_HOLDS_SINCE: dict[str, dict[SystemOfPython, PythonVersion]] = {
    "": dict.fromkeys(SystemOfPython, FIRST_STABLE_ABI),
    "HAVE_FORK": {
        SystemOfPython.LINUX: FIRST_STABLE_ABI,
        SystemOfPython.MACOS: FIRST_STABLE_ABI,
        # https://docs.python.org/3/library/os.html#os.fork
        SystemOfPython.EMSCRIPTEN: FIRST_STABLE_ABI,
    },
    "MS_WINDOWS": {SystemOfPython.WINDOWS: FIRST_STABLE_ABI},
    # Include/pythread.h defines the function and the macro together, first in 3.8.
    "PY_HAVE_THREAD_NATIVE_ID": dict.fromkeys(
        (SystemOfPython.LINUX, SystemOfPython.MACOS, SystemOfPython.WINDOWS),
        PythonVersion(3, 8),
    ),
    # Only debug builds define it.
    "Py_REF_DEBUG": {},
    # Include/pythonrun.h: 32-bit Windows alone before 3.14, all of Windows since
    # (https://github.com/python/cpython/issues/91815).
    "USE_STACKCHECK": {SystemOfPython.WINDOWS: PythonVersion(3, 14)},
}


def condition_holds(
    condition: str, platform: SystemOfPython, floor: PythonVersion
) -> bool:
    """Tell whether every release of a platform, from the floor up, meets a condition.

    The condition is a ``StableSymbol.condition``; the empty one always holds.  Debug
    builds are not releases.  Raise ``KeyError`` for an unknown condition.

    Sources: ``feature_macro`` in ``Misc/stable_abi.toml`` and the headers named above.
    """
    since = _HOLDS_SINCE[condition].get(platform)
    return since is not None and since <= floor


FIRST_EXAMINED_ON_LINUX = PythonVersion(3, 6)
"""The oldest version whose exports on Linux the tables know."""

FIRST_EXAMINED_DLL = PythonVersion(3, 5)
"""The oldest version whose ``python3.dll`` the tables know."""

LAST_INCOMPLETE_DLL = PythonVersion(3, 9)
"""The newest version whose ``python3.dll`` lacks what counts as stable by then."""


def linux_exports(symbol: str) -> tuple[PythonVersion, ...]:
    """Return the versions whose regular Linux build exports a symbol, sorted.

    Versions from 3.6 to the newest known one were examined, by the dynamic symbols of
    the releases that ``abi3build.stable_abi.names.examined_releases`` names; debug and
    free-threaded builds were not.
    """
    name = find_name(symbol)
    return name.linux if name else ()


def windows_exports(symbol: str) -> tuple[PythonVersion, ...]:
    """Return the versions whose ``python3.dll`` has a symbol in every release, sorted.

    Versions from 3.5 on were examined: up to 3.10 in the lists of several releases'
    ``PC/python3.def`` and ``PC/python3dll.c``; from 3.11 on CPython makes that list
    from the manifest.  Entries that lead to nothing do not count: symbols of debug
    builds, and functions that the list kept when CPython dropped them.
    """
    name = find_name(symbol)
    return name.windows if name else ()


_ABI_ONLY = "abi-only"


class SymbolKind(Enum):
    """Name the two kinds of symbols: the linker treats them differently on Windows."""

    FUNCTION = "function"
    DATA = "data"


class StableSymbol(NamedTuple):
    """Describe one function or variable of the stable ABI."""

    name: str
    kind: SymbolKind
    added: PythonVersion
    """The first version whose stable ABI has it."""

    abi_only: bool = False
    """True if binaries may use it but the Limited API does not declare it: macros
    use it, or it is kept for binaries made long ago."""

    condition: str = ""
    """The macro of CPython's own build without which it is missing, such as
    ``HAVE_FORK``; empty if it is always there."""


class _Symbols(Mapping[str, StableSymbol]):
    """Read a symbol's line when it is asked for: an audit asks for some dozens."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = lines
        self._read: dict[str, StableSymbol] = {}

    def __getitem__(self, name: str) -> StableSymbol:
        if name not in self._read:
            self._read[name] = _parse(name, self._lines[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


@cache
def stable_symbols() -> Mapping[str, StableSymbol]:
    """Return every symbol of the stable ABI by its name, sorted."""
    return _Symbols(lines_by_name(read_table("symbols.txt")))


def parse_symbols(text: str) -> Iterator[StableSymbol]:
    """Read lines such as ``PyOS_AfterFork function 3.2 HAVE_FORK abi-only``.

    Lines that begin with ``#`` are comments.
    """
    for name, rest in lines_by_name(text).items():
        yield _parse(name, rest)


def _parse(name: str, rest: str) -> StableSymbol:
    kind, added, *conditions = rest.split(" ")
    first = conditions[0] if conditions else ""
    return StableSymbol(
        name,
        SymbolKind(kind),
        PythonVersion.parse(added),
        _ABI_ONLY in conditions,
        "" if first == _ABI_ONLY else first,
    )


def format_symbols(symbols: Iterable[StableSymbol]) -> str:
    """Write the lines that ``parse_symbols`` reads, sorted by name."""
    lines = []
    for symbol in sorted(symbols, key=lambda symbol: symbol.name):
        words = [symbol.name, symbol.kind.value, str(symbol.added), symbol.condition]
        words.append(_ABI_ONLY if symbol.abi_only else "")
        lines.append(" ".join(filter(None, words)) + "\n")
    return "".join(lines)
