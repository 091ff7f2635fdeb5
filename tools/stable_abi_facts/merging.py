"""How the facts from several CPythons become the data about every name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import Name
from abi3build.stable_abi.stable_symbols import SystemOfPython, condition_holds
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi3build.stable_abi.stable_symbols import StableSymbol
    from stable_abi_facts.headers import HeaderNames

    Exports = Mapping[PythonVersion, frozenset[str]]

__all__ = ["Build", "merge"]

_DECLARED_TIERS = frozenset({"public", "private", "unstable"})
_FIRST_ON_LINUX = PythonVersion(3, 6)
_MACRO_TIERS = frozenset({"macro", "limited_macro"})


class Build(NamedTuple):
    """Hold what one Linux build of CPython exports and what its headers say."""

    version: PythonVersion
    exports: frozenset[str]
    headers: HeaderNames


def merge(
    before: Mapping[str, Name],
    stable: Mapping[str, StableSymbol],
    builds: Sequence[Build],
    python3dll: Exports,
    newest: PythonVersion | None,
) -> dict[str, Name]:
    """Return the data about every name.

    Versions without a build or list keep what was known before, so that the result
    does not depend on the order in which CPythons come to hand.  The newest version
    of which something was known before is ``None`` at the very first.
    """
    builds = sorted(builds, key=lambda build: build.version)
    newer = [build for build in builds if newest is None or build.version >= newest]
    names = set(before) | set(stable)
    names.update(*(build.exports for build in builds), *python3dll.values())
    for build in builds:
        headers = build.headers
        names |= headers.declared | headers.internal | headers.hidden | headers.limited
    linux = {build.version: build.exports for build in builds}
    merged = {}
    for name in names:
        known = before.get(name, Name(""))
        exports = _versions(name, known.linux, linux)
        symbol = stable.get(name)
        forwards = tuple(
            version
            for version in _versions(name, known.windows, python3dll)
            if _leads_somewhere(symbol, version, exports)
        )
        if symbol is not None:
            kind = "stable"
        elif exports or forwards or _is_declared(name, known, builds):
            kind = _declared_tier(name, known, builds)
        else:
            # What older headers make of a macro does not count any more.
            deciding = newer if known.tier in _MACRO_TIERS else builds
            kind = (
                _macro_tier(name, deciding) or known.tier or _inner_tier(name, builds)
            )
        if kind:
            merged[name] = Name(kind, exports, forwards)
    return merged


def _versions(
    name: str, before: Sequence[PythonVersion], now: Exports
) -> tuple[PythonVersion, ...]:
    kept = {version for version in before if version not in now}
    added = {version for version, names in now.items() if name in names}
    return tuple(sorted(kept | added))


def _leads_somewhere(
    symbol: StableSymbol | None,
    version: PythonVersion,
    linux: Sequence[PythonVersion],
) -> bool:
    """Tell whether an entry of ``python3.dll`` leads to a symbol of its Python.

    Every entry forwards to ``python3X.dll``; some forward to nothing: symbols of debug
    builds, and functions that were removed while the list was not changed.
    """
    condition = symbol.condition if symbol else ""
    if not condition_holds(condition, SystemOfPython.WINDOWS, version):
        return False
    if not condition_holds(condition, SystemOfPython.LINUX, version):
        return True
    return version in linux or version < _FIRST_ON_LINUX


def _is_declared(name: str, known: Name, builds: Sequence[Build]) -> bool:
    """Tell whether a header has, or once had, a name as function or data."""
    return known.tier in _DECLARED_TIERS or any(
        name in build.headers.declared for build in builds
    )


def _declared_tier(name: str, known: Name, builds: Sequence[Build]) -> str:
    if known.tier not in _DECLARED_TIERS and not any(
        name in build.headers.public for build in builds
    ):
        return "internal"
    if name.startswith("PyUnstable_"):
        return "unstable"
    return "private" if name.startswith("_") else "public"


def _macro_tier(name: str, builds: Sequence[Build]) -> str:
    """Say what the newest headers that have the macro make of it."""
    for build in reversed(builds):
        if name in build.headers.limited:
            return "limited_macro"
        if name in build.headers.hidden:
            return "macro"
    return ""


def _inner_tier(name: str, builds: Sequence[Build]) -> str:
    found = any(name in build.headers.internal for build in builds)
    return "internal" if found else ""
