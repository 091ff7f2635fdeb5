"""The platforms that wheels can be built for, each derived from its tag.

Platform tags:
https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

__all__ = ["PLATFORM_TAGS", "Platform", "System", "read_platform"]


PLATFORM_TAGS = (
    "manylinux_2_17_x86_64",
    "manylinux_2_17_aarch64",
    "manylinux_2_17_armv7l",
    "manylinux_2_17_ppc64le",
    "manylinux_2_17_s390x",
    "manylinux_2_31_riscv64",
    "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64",
    "macosx_10_13_x86_64",
    "macosx_11_0_arm64",
    "macosx_10_13_universal2",
    "win_amd64",
    "win32",
    "win_arm64",
)
"""What ``all`` stands for.

Each glibc is the oldest for which the processor has a manylinux policy, by PEP 599 and
https://github.com/pypa/auditwheel/blob/main/src/auditwheel/policy/manylinux-policy.json;
each macOS the oldest that Apple's current tools build for, or that runs the processor:
https://developer.apple.com/support/xcode/
"""

_FIRST_ARM_MACOS = (11, 0)
"""https://developer.apple.com/documentation/macos-release-notes/macos-big-sur-11_0_1-universal-apps-release-notes"""

_UNIVERSAL = "universal2"
_LINUX = re.compile(
    r"(?P<system>manylinux|musllinux)_(?P<major>[0-9]{1,3})_(?P<minor>[0-9]{1,3})_"
    r"(?P<machine>x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64|loongarch64)"
)
_MACOS = re.compile(
    r"macosx_(?P<major>[0-9]{1,3})_(?P<minor>[0-9]{1,3})_"
    rf"(?P<machine>x86_64|arm64|{_UNIVERSAL})"
)
_WINDOWS = {"win32": "i686", "win_amd64": "x86_64", "win_arm64": "arm64"}
_OLD_NAMES = re.compile(r"(manylinux(?:1|2010|2014))_\w+")
"""The tags of before PEP 600, and the versions of glibc that they stand for."""

_OLD_VERSIONS = {"manylinux1": "2_5", "manylinux2010": "2_12", "manylinux2014": "2_17"}

_SYSTEMS = {
    "alpine": "musllinux",
    "darwin": "macosx",
    "linux": "manylinux",
    "mac": "macosx",
    "macos": "macosx",
    "macosx": "macosx",
    "manylinux": "manylinux",
    "musl": "musllinux",
    "musllinux": "musllinux",
    "osx": "macosx",
    "win": "win",
    "win64": "win_amd64",
    "windows": "win",
}
"""What people call a system, and how its tags begin."""

_MACHINES = (("x86_64", "amd64", "x64"), ("arm64", "aarch64"))
"""Each processor's names in tags and elsewhere, if it has more than one."""


class System(Enum):
    """Name the systems by what determines the form of binaries: kernel and libc."""

    GLIBC = "Linux with glibc"
    MUSL = "Linux with musl"
    MACOS = "macOS"
    WINDOWS = "Windows"


@dataclass(frozen=True)
class Platform:
    """Describe one platform; everything follows from its tag."""

    tag: str
    """The platform tag of the wheel, such as ``manylinux_2_17_aarch64``."""

    system: System
    machine: str
    """The processor in the spelling of the tag's system, as in ``binaries.Image``;
    ``universal2`` if the file holds two."""

    version: tuple[int, int] = (0, 0)
    """The lowest glibc, musl or macOS; nothing on Windows."""

    @property
    def is_windows(self) -> bool:
        """Tell whether extensions are DLLs that name the library of each symbol."""
        return self.system is System.WINDOWS

    @property
    def host_platform(self) -> str:
        """Return what ``sysconfig.get_platform()`` says on that platform, if known."""
        if self.is_windows:
            return self.tag.replace("_", "-")
        if self.system is System.MACOS:
            return f"macosx-{self.version[0]}.{self.version[1]}-{self.machine}"
        return f"linux-{self.machine}"

    @cached_property
    def slices(self) -> tuple[Platform, ...]:
        """Return the platforms that are built one by one: two for ``universal2``."""
        if self.machine != _UNIVERSAL:
            return (self,)
        return (
            replace(self, machine="x86_64"),
            # No macOS before 11 runs on arm64, whatever the tag of the whole says.
            replace(self, machine="arm64", version=max(self.version, _FIRST_ARM_MACOS)),
        )


def read_platform(tag: str) -> Platform:
    """Read a platform tag.

    Raise ``ValueError`` for a platform that cannot be built for; its text is the tag
    that was probably meant, or empty.
    """
    if tag in _WINDOWS:
        return Platform(tag, System.WINDOWS, _WINDOWS[tag])
    linux, macos = _LINUX.fullmatch(tag), _MACOS.fullmatch(tag)
    match = linux or macos
    if match is None:
        raise ValueError(_meant(tag))
    version = int(match["major"]), int(match["minor"])
    if linux is not None:
        system = System.GLIBC if match["system"] == "manylinux" else System.MUSL
        return Platform(tag, system, match["machine"], version)
    if match["machine"] == "arm64" and version < _FIRST_ARM_MACOS:
        meant = "macosx_{}_{}_arm64".format(*_FIRST_ARM_MACOS)
        raise ValueError(meant)
    return Platform(tag, System.MACOS, match["machine"], version)


def _meant(tag: str) -> str:
    old = _OLD_NAMES.fullmatch(tag)
    if old is not None:
        return tag.replace(old[1], f"manylinux_{_OLD_VERSIONS[old[1]]}", 1)
    system, _, machine = tag.lower().replace("-", "_").partition("_")
    names = next((each for each in _MACHINES if machine in each), (machine,))
    start = _SYSTEMS.get(system)
    known = (each for each in PLATFORM_TAGS if start and each.startswith(start))
    return next((each for each in known if each.endswith(names)), "")
