"""Decide which Pythons accept a wheel, by today's rules and not an installer's."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, generic_tags

from abi3build.versions import FIRST_ABI3T, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.targets.interpreters import Interpreter
    from abi3build.targets.target import Builder
    from abi3build.wheels.wheel import TagSet, Wheel

__all__ = ["Expectation", "expectation", "version_admitted"]

_WITHOUT_M_FLAG = PythonVersion(3, 8)
_OTHER_TAGS = {"pypy": "pp"}


class Expectation(Enum):
    """Say what an installer must do with a wheel on one Python."""

    INSTALLS = "installs"
    REFUSED_BY_TAG = "refused by tag"
    REFUSED_BY_REQUIRES_PYTHON = "refused by Requires-Python"


def expectation(wheel: Wheel, interpreter: Interpreter) -> Expectation:
    """Say what an installer must do, by the wheel's tags and its Requires-Python.

    The platform part of a tag is ignored.
    """
    builder, tags = interpreter.builder, wheel.tags
    named = {
        Tag(python, abi, platform)
        for python in tags.pythons
        for abi in tags.abis
        for platform in tags.platforms
    }
    if named.isdisjoint(_tags_of(builder, tags)):
        return Expectation.REFUSED_BY_TAG
    if not version_admitted(wheel, interpreter.release):
        return Expectation.REFUSED_BY_REQUIRES_PYTHON
    return Expectation.INSTALLS


def version_admitted(wheel: Wheel, release: str) -> bool:
    """Tell whether ``Requires-Python`` admits a release; so does one that is broken."""
    try:
        specifiers = SpecifierSet(wheel.requires_python)
    except InvalidSpecifier:
        # Installers differ in what they make of it; the trial shows it.
        return True
    return specifiers.contains(release, prereleases=True)


def _tags_of(builder: Builder, wanted: TagSet) -> Iterator[Tag]:
    """Yield the tags that an interpreter takes, on the platforms of the wheel."""
    version = (builder.version.major, builder.version.minor)
    platforms = list(wanted.platforms)
    if builder.implementation == "cpython":
        interpreter = builder.version.tag
        yield from cpython_tags(version, _abis(builder), platforms)
        if builder.free_threaded:
            # packaging before 26.2 does not know them: https://peps.python.org/pep-0803/
            yield from _abi3t_tags(builder.version, platforms)
    else:
        prefix = _OTHER_TAGS.get(builder.implementation, builder.implementation)
        interpreter = builder.version.tag.replace("cp", prefix)
        abis = (
            [_abi_in(builder.extension_suffix)]
            if "-" in builder.extension_suffix
            else list(wanted.abis)
        )
        yield from generic_tags(interpreter, abis, platforms)
    yield from compatible_tags(version, interpreter, platforms)


def _abi3t_tags(version: PythonVersion, platforms: Sequence[str]) -> Iterator[Tag]:
    for minor in range(FIRST_ABI3T.minor, version.minor + 1):
        python = PythonVersion(version.major, minor).tag
        yield from (Tag(python, "abi3t", platform) for platform in platforms)


def _abis(builder: Builder) -> list[str]:
    tag = builder.version.tag
    if builder.version < _WITHOUT_M_FLAG:
        return [f"{tag}dm", f"{tag}m"] if builder.debug else [f"{tag}m"]
    release = f"{tag}t" if builder.free_threaded else tag
    # Debug builds take release builds' extensions too:
    # https://docs.python.org/3/whatsnew/3.8.html#debug-build-uses-the-same-abi-as-release-build
    return [f"{release}d", release] if builder.debug else [release]


def _abi_in(suffix: str) -> str:
    """Read ``pypy311_pp73`` out of ``.pypy311-pp73-x86_64-linux-gnu.so``."""
    parts = suffix.split(".")[1].split("-")
    return "_".join(parts[:3] if parts[0] == "graalpy" else parts[:2])
