"""Which wheels of a project are meant: those of some releases that promise abi3."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi3build.errors import UnreadableError, UsageError
from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.wheels.wheel import parse_wheel_name, promise_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.specifiers import SpecifierSet

    from abi3build.index.project_page import PublishedFile

__all__ = ["Wanted", "parse_wanted", "select_wheels"]

_MOST = 500


class Wanted(NamedTuple):
    """Say which releases of which project are meant."""

    text: str
    """As it was given, for messages."""

    name: str
    """Normalized."""

    specifiers: SpecifierSet
    """Empty for the newest release."""


def parse_wanted(text: str) -> Wanted:
    """Read what stands behind ``--pypi``: a name, perhaps with versions (PEP 508).

    Raise ``UsageError`` for anything else.
    """
    expected = "expected a name such as psutil, psutil==7.2.2 or psutil>=7"
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        message = f"--pypi {text}: {expected}"
        raise UsageError(message) from None
    if requirement.extras or requirement.url or requirement.marker:
        message = (
            f"--pypi {text}: extras, addresses and markers choose no wheel: {expected}"
        )
        raise UsageError(message)
    return Wanted(text, canonicalize_name(requirement.name), requirement.specifier)


def select_wheels(
    wanted: Wanted, files: Iterable[PublishedFile]
) -> list[PublishedFile]:
    """Choose wheels tagged abi3 or abi3t, by version and name.

    Without a version it is the newest release that is neither yanked nor, as long as
    there is another, a pre-release.  Raise ``UnreadableError`` where nothing is left,
    and ``UsageError`` where too much is.
    """
    releases = _releases(wanted, files)
    if not releases:
        message = f"{wanted.text}: no such release with a wheel: check the version"
        raise UnreadableError(message)
    if not wanted.specifiers:
        final = [version for version in releases if not version.is_prerelease]
        releases = {max(final or releases): releases[max(final or releases)]}
    chosen = [
        file
        for version in sorted(releases)
        for file in sorted(releases[version], key=lambda file: file.name)
        if promise_of(parse_wheel_name(file.name)[2]) is not None
    ]
    if not chosen:
        versions = ", ".join(str(version) for version in sorted(releases)[-3:])
        message = (
            f"{wanted.text}: no wheel of {versions} promises the stable ABI: name"
            " another version"
        )
        raise UnreadableError(message)
    if len(chosen) > _MOST:
        message = (
            f"--pypi {wanted.text}: {len(chosen)} wheels, where {_MOST} are audited at"
            " most: name fewer versions"
        )
        raise UsageError(message)
    return chosen


def _releases(
    wanted: Wanted, files: Iterable[PublishedFile]
) -> dict[Version, list[PublishedFile]]:
    exact = any(each.operator in {"==", "==="} for each in wanted.specifiers)
    releases: dict[Version, dict[str, PublishedFile]] = {}
    for file in files:
        version = _version(wanted, file.name)
        if version is None or (file.yanked and not exact):
            continue
        # Of two indexes that have a file the first one counts.
        releases.setdefault(version, {}).setdefault(file.name, file)
    found = {version: list(each.values()) for version, each in releases.items()}
    if not wanted.specifiers:
        return found
    return {version: found[version] for version in wanted.specifiers.filter(found)}


def _version(wanted: Wanted, filename: str) -> Version | None:
    """Give the version of a wheel of the project; None for whatever else it is."""
    if not filename.isprintable() or re.search(r"[/\\]", filename):
        return None
    try:
        distribution, version, _ = parse_wheel_name(filename)
        if canonicalize_name(distribution) != wanted.name:
            return None
        return Version(version)
    except (UnreadableError, InvalidVersion):
        return None
