"""The symbols of the stable ABI, as CPython's own manifest lists them.

The data beside this module, ``symbols.txt``, is generated from ``Misc/stable_abi.toml``
of CPython's main branch (https://docs.python.org/3/c-api/stable.html), so it may hold
symbols of a version that is not yet released.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.stable_abi.data_files import lines_by_name, read_table
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "StableSymbol",
    "SymbolKind",
    "format_symbols",
    "parse_symbols",
    "stable_symbols",
]

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
    """True where binaries may use it but the Limited API does not declare it: macros
    use it, or it is kept for binaries made long ago."""

    condition: str = ""
    """The macro of CPython's own build without which it is missing, such as
    ``HAVE_FORK``; empty where it is always there."""


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
    """Give every symbol of the stable ABI by its name, sorted."""
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
