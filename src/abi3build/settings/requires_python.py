"""The lowest Python that a ``Requires-Python`` admits.

The specifiers are those of
https://packaging.python.org/en/latest/specifications/version-specifiers/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.versions import NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

__all__ = ["first_python_3", "requires_python_floor"]

_LOWER_BOUNDS = (">=", ">", "~=", "==", "===")
_SIMPLE = r"(>=|!=|<)\s*([23])\.(0|[1-9][0-9]?)(\.[0-9]+|\.\*)?"
"""The clauses that wheels are made of; ``packaging`` loads longer than most wheels take
to audit."""

_ONE_BOUND = re.compile(r"\s*>=\s*3\.(0|[1-9][0-9]?)(?:\.[0-9]+)?\s*", re.ASCII)
"""What most projects say; front ends ask for it twice in a build."""

_LATER_PATCH = 99
"""A patch level above every real one."""


def requires_python_floor(specifier: str) -> PythonVersion | None:
    """Find the lowest minor version of which a specifier admits some patch level.

    ``>=3.9.2`` and ``>3.9`` result in 3.9, because both admit 3.9.3.  Return None if
    there is no lower bound or if nothing satisfies it.  Raise ``ValueError`` for what
    is not a specifier.
    """
    bound = _ONE_BOUND.fullmatch(specifier)
    if bound is not None:
        return PythonVersion(3, int(bound[1]))
    from packaging.specifiers import SpecifierSet

    specifiers = SpecifierSet(specifier)
    if not _versions(specifiers, _LOWER_BOUNDS):
        return None
    # A clause always says where the lowest admitted version begins: it is the clause's
    # own version or, after ">" and "!=", the one that follows.
    named = _versions(specifiers, (*_LOWER_BOUNDS, "!="))
    minors = {PythonVersion(each.major, each.minor) for each in named}
    followers = {PythonVersion(each.major, each.minor + 1) for each in minors}
    for candidate in sorted(minors | followers):
        here = [each for each in named if (each.major, each.minor) == candidate]
        patches = {0}.union(*({each.micro, each.micro + 1} for each in here))
        if any(
            specifiers.contains(f"{candidate}.{patch}", prereleases=True)
            for patch in sorted(patches)
        ):
            return candidate
    return None


def first_python_3(specifier: str) -> PythonVersion | None:
    """Find the lowest Python 3 of which a specifier admits the later patch levels.

    Return None if nothing bounds it from below.  Raise ``ValueError`` for what is no
    specifier.
    """
    if not specifier:
        return None
    simple = _simple_floor(specifier)
    if simple is not None:
        return simple
    lowest = requires_python_floor(specifier)
    if lowest is None or lowest >= PythonVersion(3, 0):
        return lowest
    from packaging.specifiers import SpecifierSet

    specifiers = SpecifierSet(specifier)
    for minor in range(NEWEST_KNOWN.minor + 1):
        if specifiers.contains(f"3.{minor}.{_LATER_PATCH}", prereleases=True):
            return PythonVersion(3, minor)
    return None


def _simple_floor(specifier: str) -> PythonVersion | None:
    """Return the lowest Python 3 by simple clauses; None if that takes more."""
    floors: list[PythonVersion] = []
    ceilings: list[PythonVersion] = []
    excluded: list[PythonVersion] = []
    for clause in specifier.split(","):
        match = re.fullmatch(_SIMPLE, clause.strip())
        if match is None or (match[1] != "!=" and match[4] == ".*"):
            return None
        version = PythonVersion(int(match[2]), int(match[3]))
        if match[1] == ">=":
            floors.append(max(version, PythonVersion(3, 0)))
        elif match[1] == "<":
            ceilings.append(version)
        elif match[4] == ".*":
            excluded.append(version)
    if not floors:
        return None
    minors = range(max(floors).minor, NEWEST_KNOWN.minor + 1)
    later = (PythonVersion(3, minor) for minor in minors)
    found = next((each for each in later if each not in excluded), None)
    # Below a ceiling of its own minor version some patch levels may be left.
    is_certain = found is not None and all(found < each for each in ceilings)
    return found if is_certain else None


def _versions(specifiers: SpecifierSet, operators: Iterable[str]) -> list[Version]:
    from packaging.version import InvalidVersion, Version

    versions = []
    for each in specifiers:
        if each.operator in operators:
            try:
                versions.append(Version(each.version.removesuffix(".*")))
            except InvalidVersion:
                # "===" compares any text with any text; only versions bound anything.
                continue
    return versions
