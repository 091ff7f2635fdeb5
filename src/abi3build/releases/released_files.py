"""The files of a release as their names and the index describe them; none is opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import UnreadableError
from abi3build.settings.requires_python import first_python_3
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion
from abi3build.wheels.wheel import normalized_name, parse_wheel_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.wheels.wheel import TagSet

__all__ = ["FileFacts", "Release", "ReleasedWheel", "releases_of"]

_SDIST = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.(?:tar\.gz|zip)")


class FileFacts(NamedTuple):
    """Describe what is known of one file without opening it."""

    name: str
    size: int | None = None
    """In bytes; None if nothing says it."""

    requires_python: str = ""


class ReleasedWheel(NamedTuple):
    """Describe one wheel of a release."""

    filename: str
    tags: TagSet
    size: int | None
    requires_python: str

    @property
    def build(self) -> tuple[int, str]:
        """Return the build number, which decides between wheels of the same tags."""
        parts = self.filename.split("-")
        match = re.match(r"\d+", parts[2])
        if len(parts) == _PARTS_WITH_BUILD and match:
            return int(match[0]), parts[2][match.end() :]
        return -1, ""

    @property
    def first_python(self) -> PythonVersion | None:
        """Return the lowest Python 3 of its Requires-Python; None if that is open."""
        try:
            return first_python_3(self.requires_python)
        except ValueError:
            return None

    @property
    def floor(self) -> PythonVersion | None:
        """Return the floor of an abi3 wheel; None for every other wheel."""
        if "abi3" not in self.tags.abis:
            return None
        return min(self.pythons, default=FIRST_STABLE_ABI)

    @property
    def pythons(self) -> tuple[PythonVersion, ...]:
        """Return the versions of CPython that its tags name, in their order."""
        found = []
        for tag in self.tags.pythons:
            try:
                found.append(PythonVersion.from_tag(tag))
            except ValueError:
                continue
        return tuple(found)

    @property
    def serves_one_version(self) -> bool:
        """Tell whether it is for one version of CPython with the GIL, as ``cp313``."""
        # Until 3.7 there was an ABI for builds with pymalloc: cp37-cp37m.
        own = {f"{each.tag}{flag}" for each in self.pythons for flag in ("", "m")}
        return not own.isdisjoint(self.tags.abis)


_PARTS_WITH_BUILD = 6


class Release(NamedTuple):
    """List the wheels of one version of a distribution, sorted by their names."""

    name: str
    """Such as ``demo 1.0``, spelled as in the names of its wheels."""

    wheels: tuple[ReleasedWheel, ...]
    has_sdist: bool = False

    @property
    def first_python(self) -> PythonVersion | None:
        """Return the lowest Python 3 that any wheel's Requires-Python admits."""
        floors = [each.first_python for each in self.wheels if each.first_python]
        return min(floors, default=None)


def releases_of(files: Iterable[FileFacts]) -> list[Release]:
    """Group files into releases, in the order of their names.

    What is neither a wheel nor the sdist of one does not count.
    """
    wheels: dict[tuple[str, str], dict[str, ReleasedWheel]] = {}
    sdists = set()
    for file in files:
        parsed = _wheel(file)
        if parsed is not None:
            release, wheel = parsed
            wheels.setdefault(release, {}).setdefault(file.name, wheel)
        elif match := _SDIST.fullmatch(file.name):
            sdists.add((normalized_name(match["name"]), match["version"]))
    found = []
    for release in sorted(wheels):
        each = tuple(wheels[release][name] for name in sorted(wheels[release]))
        name = " ".join(each[0].filename.split("-")[:2])
        found.append(Release(name, each, release in sdists))
    return found


def _wheel(file: FileFacts) -> tuple[tuple[str, str], ReleasedWheel] | None:
    if not file.name.endswith(".whl"):
        return None
    try:
        distribution, version, tags = parse_wheel_name(file.name)
    except UnreadableError:
        # Whatever reads the file tells of it.
        return None
    wheel = ReleasedWheel(file.name, tags, file.size, file.requires_python)
    return (normalized_name(distribution), version), wheel
