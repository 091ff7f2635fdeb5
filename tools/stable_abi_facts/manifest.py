"""CPython's manifest of the stable ABI, from its source tree or from PyPI."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

from abi3build.stable_abi.declarations import DeclarationKind
from abi3build.stable_abi.stable_symbols import StableSymbol, SymbolKind
from abi3build.versions import PythonVersion
from stable_abi_facts.declaration_merging import Promised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "read_installed",
    "read_installed_promises",
    "read_manifest",
    "read_manifest_promises",
]

_MANIFEST = "Misc/stable_abi.toml of CPython"


def read_manifest(path: Path) -> tuple[str, list[StableSymbol]]:
    """Read ``Misc/stable_abi.toml``; return a line about it, and its symbols."""
    tables = _tables(path)
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


_KINDS = {
    "struct": DeclarationKind.STRUCTURE,
    "typedef": DeclarationKind.TYPE,
    "macro": DeclarationKind.MACRO,
    "const": DeclarationKind.CONSTANT,
}
_LAYOUTS = {"full-abi": "full", "opaque": "opaque", "partial": "members"}


def read_manifest_promises(path: Path) -> list[Promised]:
    """Read from ``Misc/stable_abi.toml`` what is promised besides symbols."""
    tables = _tables(path)
    return [
        Promised(name, kind, PythonVersion.parse(entry["added"]), tuple(_layout(entry)))
        for section, kind in _KINDS.items()
        for name, entry in tables.get(section, {}).items()
    ]


def _tables(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tables


def _layout(entry: dict[str, Any]) -> Iterator[str]:
    layout = _LAYOUTS.get(entry.get("struct_abi_kind", ""))
    if layout is not None:
        yield layout
        yield from entry.get("members", ())


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


def read_installed_promises() -> list[Promised]:
    """Read the same from the PyPI package abi3info, which knows constants as macros."""
    import abi3info

    kinds = (
        (DeclarationKind.STRUCTURE, abi3info.STRUCTS),
        (DeclarationKind.TYPE, abi3info.TYPEDEFS),
        (DeclarationKind.MACRO, abi3info.MACROS),
    )
    return [
        Promised(
            entry.name,
            kind,
            PythonVersion(entry.added.major, entry.added.minor),
            _installed_layout(entry),
        )
        for kind, entries in kinds
        for entry in entries.values()
    ]


def _installed_layout(entry: object) -> tuple[str, ...]:
    from abi3info.models import FullStruct, OpaqueStruct, PartialStruct

    if isinstance(entry, PartialStruct):
        return ("members", *entry.members)
    if isinstance(entry, OpaqueStruct):
        return ("opaque",)
    return ("full",) if isinstance(entry, FullStruct) else ()
