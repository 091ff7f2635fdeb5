"""What ``python3.dll`` exports, from the files that CPython makes it of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.versions import NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi3build.stable_abi.stable_symbols import StableSymbol

__all__ = ["FIRST_FROM_MANIFEST", "listed_names", "manifest_names"]

FIRST_FROM_MANIFEST = PythonVersion(3, 11)
"""The first version whose ``PC/python3dll.c`` is the manifest and nothing else."""

_ENTRY = re.compile(r"^\s*(?:EXPORT_(?:FUNC|DATA)\()?(\w+)(?:=\S+)?", re.MULTILINE)


def listed_names(paths: Iterable[Path]) -> frozenset[str]:
    """Return the names that any of several lists has.

    A list is CPython's ``PC/python3.def`` (up to 3.8), its ``PC/python3dll.c`` (from
    3.9 on), or plain text with a name a line.  Several lists are those of one minor
    version's patch releases, where later ones got what the first forgot:
    ``PyCMethod_New`` is missing from 3.9.0 and 3.9.1 alone.
    """
    names: set[str] = set()
    for path in paths:
        names.update(_ENTRY.findall(path.read_text(encoding="utf-8")))
    return frozenset(filter(looks_like_cpython, names))


def manifest_names(
    symbols: Iterable[StableSymbol],
) -> dict[PythonVersion, frozenset[str]]:
    """Return the names for each version that has them from the manifest."""
    versions = (
        PythonVersion(3, minor)
        for minor in range(FIRST_FROM_MANIFEST.minor, NEWEST_KNOWN.minor + 1)
    )
    stable = tuple(symbols)
    return {
        version: frozenset(symbol.name for symbol in stable if symbol.added <= version)
        for version in versions
    }
