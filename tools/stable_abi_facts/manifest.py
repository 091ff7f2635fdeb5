"""CPython's manifest of the stable ABI, from its source tree or from PyPI."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING

from abi3build.stable_abi.stable_symbols import StableSymbol, SymbolKind
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["read_installed", "read_manifest"]

_MANIFEST = "Misc/stable_abi.toml of CPython"


def read_manifest(path: Path) -> tuple[str, list[StableSymbol]]:
    """Read ``Misc/stable_abi.toml``; give the words for the source and the symbols."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    symbols = [
        StableSymbol(
            name,
            kind,
            PythonVersion.parse(entry["added"]),
            entry.get("abi_only", False),
            entry.get("ifdef", ""),
        )
        for kind in SymbolKind
        for name, entry in tables.get(kind.value, {}).items()
    ]
    return _MANIFEST, symbols


def read_installed() -> tuple[str, list[StableSymbol]]:
    """Read the manifest as the PyPI package abi3info carries it."""
    version = importlib.metadata.version("abi3info")
    return f"{_MANIFEST}, as abi3info {version} has it", list(_installed())


def _installed() -> Iterator[StableSymbol]:
    import abi3info

    kinds = (
        (SymbolKind.FUNCTION, abi3info.FUNCTIONS),
        (SymbolKind.DATA, abi3info.DATAS),
    )
    for kind, entries in kinds:
        for entry in entries.values():
            yield StableSymbol(
                entry.symbol.name,
                kind,
                PythonVersion(entry.added.major, entry.added.minor),
                entry.abi_only,
                entry.ifdef.name if entry.ifdef else "",
            )
