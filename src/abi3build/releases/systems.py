"""What platform tags mean: a system, a processor, and from which version of it on.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PlatformLevel", "machines_of", "platforms_on", "system_of"]

_WITH_LEVEL = re.compile(
    r"(?P<system>manylinux|musllinux|macosx|ios)_(?P<major>\d+)_(?P<minor>\d+)_(?P<processor>.+)"
)
_OTHERS = re.compile(r"(?P<system>linux|win|android)_?(?P<rest>.*)")
_OLD_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""https://peps.python.org/pep-0600/#legacy-manylinux-tags"""

_FAT = {
    "universal2": ("x86_64", "arm64"),
    "intel": ("i386", "x86_64"),
    "universal": ("i386", "ppc", "ppc64", "x86_64"),
}
_FIRST_ON_ARM = (11, 0)
"""The first macOS for arm64; a universal2 tag may name an older one."""

_FIRST_PYTHONS = {
    # https://peps.python.org/pep-0730/ and https://peps.python.org/pep-0738/
    ("ios", ""): PythonVersion(3, 13),
    ("android", ""): PythonVersion(3, 13),
    # https://docs.python.org/3/whatsnew/3.11.html: installers for ARM64
    ("win", "arm64"): PythonVersion(3, 11),
}

_NAMES = {
    "manylinux": "Linux",
    "musllinux": "Linux with musl",
    "macosx": "macOS",
    "win": "Windows",
    "android": "Android",
    "ios": "iOS",
}
_WINDOWS = {"32": "x86", "amd64": "x86_64"}


class PlatformLevel(NamedTuple):
    """Describe the machines of one system and processor, from one version on."""

    system: str
    """As tags spell it, such as ``manylinux``."""

    processor: str
    level: tuple[int, int]
    """The version of glibc, musl or macOS; zeros if the tag has none."""

    tag: str
    """The tag that says so."""

    @property
    def first_python(self) -> PythonVersion:
        """Return the first CPython that there is for such machines."""
        for key in ((self.system, self.processor), (self.system, "")):
            if key in _FIRST_PYTHONS:
                return _FIRST_PYTHONS[key]
        return PythonVersion(3, 0)

    @property
    def name(self) -> str:
        """Return system and processor as people write them, such as ``macOS arm64``."""
        system = _NAMES.get(self.system, self.system)
        processor = self.processor
        if self.system == "win":
            processor = _WINDOWS.get(processor, processor)
        return f"{system} {processor}".strip()


def machines_of(platforms: Iterable[str]) -> list[PlatformLevel]:
    """Return the kinds of machines that tags name, at each of their levels, sorted."""
    named = {each for platform in platforms for each in _machines(platform)}
    # Of two names for one thing, manylinux_2_17 stands behind manylinux2014.
    return list({each[:3]: each for each in sorted(named)}.values())


def system_of(platform: str) -> tuple[str, ...]:
    """Return the kinds of machines of a tag by their names, such as ``Linux x86_64``.

    A universal2 wheel of macOS is for two; ``any`` is for none.
    """
    return tuple(each.name for each in _machines(platform))


def platforms_on(machine: PlatformLevel, platforms: Iterable[str]) -> list[str]:
    """Return the tags that a machine accepts, best first, as installers rank them.

    Newer versions of the system come first, and a tag for one processor before one for
    several.
    """
    ranked = [
        (each.level, not _is_fat(platform), platform)
        for platform in set(platforms)
        for each in _machines(platform)
        if each[:2] == machine[:2] and each.level <= machine.level
    ]
    return [platform for _, _, platform in sorted(ranked, reverse=True)]


def _is_fat(platform: str) -> bool:
    return platform.endswith(tuple(_FAT))


def _machines(platform: str) -> list[PlatformLevel]:
    if platform == "any":
        return []
    match = _WITH_LEVEL.fullmatch(platform)
    if match is not None:
        level = int(match["major"]), int(match["minor"])
        system, processor = match["system"], match["processor"]
        processors = _FAT.get(processor, (processor,)) if system == "macosx" else None
        return [
            _machine(system, each, level, platform)
            for each in processors or (processor,)
        ]
    for name, level in _OLD_NAMES.items():
        if platform.startswith(f"{name}_"):
            return [_machine("manylinux", platform[len(name) + 1 :], level, platform)]
    match = _OTHERS.fullmatch(platform)
    if match is None:
        return [PlatformLevel(platform, "", (0, 0), platform)]
    system, rest = match["system"], match["rest"]
    if system == "android":
        level_text, _, processor = rest.partition("_")
        level = (int(level_text) if level_text.isdecimal() else 0, 0)
        return [PlatformLevel(system, processor, level, platform)]
    return [
        PlatformLevel(
            "manylinux" if system == "linux" else system, rest, (0, 0), platform
        )
    ]


def _machine(
    system: str, processor: str, level: tuple[int, int], platform: str
) -> PlatformLevel:
    if system == "macosx" and processor == "arm64" and level < _FIRST_ON_ARM:
        level = _FIRST_ON_ARM
    tag = platform
    if _is_fat(platform) and system == "macosx":
        tag = f"macosx_{level[0]}_{level[1]}_{processor}"
    return PlatformLevel(system, processor, level, tag)
