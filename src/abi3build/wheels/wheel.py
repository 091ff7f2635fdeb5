"""What a wheel says about itself, as plain data.

The file name and the WHEEL file are specified in
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from abi3build.errors import UnreadableError
from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.promises import Promise
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from abi3build.wheels.build_record import BuildRecord
    from abi3build.wheels.record import Record

__all__ = ["TagSet", "Wheel", "parse_wheel_name", "promise_of"]


class TagSet(NamedTuple):
    """Hold the compressed tags of a wheel's file name, each part in its own order."""

    pythons: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]

    def expand(self) -> tuple[str, ...]:
        """Give every single tag that the set stands for, sorted."""
        return tuple(
            sorted(
                f"{python}-{abi}-{platform}"
                for python in self.pythons
                for abi in self.abis
                for platform in self.platforms
            )
        )

    def __str__(self) -> str:
        """Give the set as it stands in the file name."""
        parts = (self.pythons, self.abis, self.platforms)
        return "-".join(".".join(part) for part in parts)


class Wheel(NamedTuple):
    """Describe one wheel without its contents."""

    filename: str
    distribution: str
    version: str
    tags: TagSet
    recorded_tags: tuple[str, ...] = ()
    """The ``Tag`` lines of the WHEEL file, sorted."""

    requires_python: str = ""
    members: tuple[str, ...] = ()
    """The names of all members, sorted."""

    sizes: tuple[int, ...] = ()
    """The size of each member in bytes, in the same order."""

    record: Record | None = None
    """None where it was not read."""

    build_record: BuildRecord | None = None
    """What abi3build wrote of the build; None in the wheels of other tools."""


def parse_wheel_name(filename: str) -> tuple[str, str, TagSet]:
    """Split a wheel's file name into distribution, version and tags.

    Raise ``UnreadableError`` where it is not the name of a wheel.
    """
    parts = filename[: -len(".whl")].split("-")
    if not filename.endswith(".whl") or len(parts) not in {5, 6} or not all(parts):
        message = (
            f"{filename}: not the name of a wheel"
            " (distribution-version[-build]-python-abi-platform.whl): restore the name"
            " that the build gave it"
        )
        raise UnreadableError(message)
    pythons, abis, platforms = (tuple(part.split(".")) for part in parts[-3:])
    return parts[0], parts[1], TagSet(pythons, abis, platforms)


def promise_of(tags: TagSet) -> Promise | None:
    """Read the promise out of a wheel's tags; None where they make none.

    Several Python tags promise each of them, so the lowest counts.
    """
    if not {"abi3", "abi3t"} & set(tags.abis):
        return None
    floors = []
    for tag in tags.pythons:
        try:
            floors.append(PythonVersion.from_tag(tag))
        except ValueError:
            continue
    return Promise(
        min(floors, default=FIRST_STABLE_ABI),
        free_threaded="abi3t" in tags.abis,
        gil_enabled="abi3" in tags.abis,
    )
