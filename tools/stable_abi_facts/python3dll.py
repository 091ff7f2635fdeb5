"""What ``python3.dll`` exports, from the files that CPython makes it of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.stable_abi.conditions import Platform, condition_holds
from abi3build.stable_abi.tiers import looks_like_cpython
from abi3build.versions import NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from abi3build.stable_abi.table import StableSymbol

__all__ = ["FIRST_FROM_MANIFEST", "listed_names", "manifest_names"]

FIRST_FROM_MANIFEST = PythonVersion(3, 11)
"""The first version whose ``PC/python3dll.c`` is the manifest and nothing else."""

_ENTRY = re.compile(r"^\s*(?:EXPORT_(?:FUNC|DATA)\()?(\w+)(?:=\S+)?", re.MULTILINE)


def listed_names(paths: Iterable[Path]) -> frozenset[str]:
    """Give the names that all of several lists have.

    A list is CPython's ``PC/python3.def`` (up to 3.8), its ``PC/python3dll.c`` (from
    3.9 on), or plain text with a name a line.
    """
    lists = (_ENTRY.findall(path.read_text(encoding="utf-8")) for path in paths)
    return frozenset.intersection(
        *(frozenset(filter(looks_like_cpython, names)) for names in lists)
    )


def manifest_names(
    symbols: Iterable[StableSymbol], listed: Mapping[PythonVersion, frozenset[str]]
) -> dict[PythonVersion, frozenset[str]]:
    """Give the names for each version, from its list or from the manifest.

    Names that a release's own library lacks (``PyOS_CheckStack`` on 64 bits, symbols
    of debug builds) are in ``python3.dll`` as forwarders that lead nowhere.
    """
    stable = {symbol.name: symbol for symbol in symbols}
    names = dict(listed)
    for minor in range(FIRST_FROM_MANIFEST.minor, NEWEST_KNOWN.minor + 1):
        version = PythonVersion(3, minor)
        names[version] = frozenset(
            symbol.name for symbol in stable.values() if symbol.added <= version
        )
    return {
        version: frozenset(
            name
            for name in given
            if name not in stable
            or condition_holds(stable[name].condition, Platform.WINDOWS, version)
        )
        for version, given in names.items()
    }
