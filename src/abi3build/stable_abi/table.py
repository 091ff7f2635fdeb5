"""The symbols of the stable ABI, as CPython's own manifest lists them.

The data beside this module, ``symbols.txt``, is generated from ``Misc/stable_abi.toml``
of CPython's main branch (https://docs.python.org/3/c-api/stable.html), so it may hold
symbols of a version that is not yet released.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


@cache
def stable_symbols() -> Mapping[str, StableSymbol]:
    """Give every symbol of the stable ABI by its name, sorted."""
    text = Path(__file__).with_name("symbols.txt").read_text(encoding="ascii")
    return MappingProxyType({symbol.name: symbol for symbol in parse_symbols(text)})


def parse_symbols(text: str) -> Iterator[StableSymbol]:
    """Read lines such as ``PyOS_AfterFork function 3.2 HAVE_FORK abi-only``.

    Lines that begin with ``#`` are comments.
    """
    kinds = {kind.value: kind for kind in SymbolKind}
    versions: dict[str, PythonVersion] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, kind, added, *rest = line.split(" ")
        if added not in versions:
            versions[added] = PythonVersion.parse(added)
        condition = rest[0] if rest and rest[0] != _ABI_ONLY else ""
        yield StableSymbol(
            name, kinds[kind], versions[added], _ABI_ONLY in rest, condition
        )


def format_symbols(symbols: Iterable[StableSymbol]) -> str:
    """Write the lines that ``parse_symbols`` reads, sorted by name."""
    lines = []
    for symbol in sorted(symbols, key=lambda symbol: symbol.name):
        words = [symbol.name, symbol.kind.value, str(symbol.added), symbol.condition]
        words.append(_ABI_ONLY if symbol.abi_only else "")
        lines.append(" ".join(filter(None, words)) + "\n")
    return "".join(lines)
