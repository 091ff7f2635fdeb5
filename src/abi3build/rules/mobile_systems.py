"""What ABI604 and ABI607 require of wheels for Android, iOS and Pyodide.

Tags: https://peps.python.org/pep-0738/, https://peps.python.org/pep-0730/ and
https://peps.python.org/pep-0783/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat, MobileSystem
from abi3build.rules.finding import Severity, image_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.finding import Finding

__all__ = ["machine_of_other_tag", "newer_mobile_system", "other_systems"]


_ANDROID = r"android_(?P<level>[0-9]+)_(?P<abi>\w+)"
_ANDROID_MACHINES = {
    "arm64_v8a": "aarch64",
    "armeabi_v7a": "armv7l",
    "x86": "i686",
    "x86_64": "x86_64",
}
_IOS = (
    r"ios_(?P<major>[0-9]+)_(?P<minor>[0-9]+)_(?P<machine>arm64|x86_64)"
    r"_(?P<device>iphoneos|iphonesimulator)"
)
_IOS_SYSTEMS = {
    "iphoneos": MobileSystem.IOS,
    "iphonesimulator": MobileSystem.IOS_SIMULATOR,
}
_FIRST_ARM_SIMULATOR = (14, 0)
"""No simulator before it runs arm64 code; linkers raise a lower version to it."""

_WEB_ASSEMBLY = r"(?:pyodide|pyemscripten|emscripten)_\w+_(wasm32|wasm64)"

_GLIBC_FILE = "libc.so.6"
_HINT = "build for the system that the tag names, or tag the wheel for this one"


def machine_of_other_tag(tag: str) -> tuple[BinaryFormat, str] | None:
    """Return the format and the machine that a tag of these systems promises.

    None for any other tag.
    """
    android, ios = re.fullmatch(_ANDROID, tag), re.fullmatch(_IOS, tag)
    web = re.fullmatch(_WEB_ASSEMBLY, tag)
    if android is not None and android["abi"] in _ANDROID_MACHINES:
        return BinaryFormat.ELF, _ANDROID_MACHINES[android["abi"]]
    if ios is not None:
        return BinaryFormat.MACH_O, ios["machine"]
    return (BinaryFormat.WEB_ASSEMBLY, web[1]) if web else None


def other_systems(file: BinaryFile, tags: Sequence[str]) -> Iterator[Finding]:
    """Yield images whose own system differs from that of each tag (ABI604)."""
    promised = {_system(tag) for tag in tags}
    for image in file.images:
        system = image.mobile_system
        # A file for Android need not say so, but one that needs glibc is for Linux.
        says_nothing = system is None and image.minimum_os is None
        if system in promised or (says_nothing and _GLIBC_FILE not in image.libraries):
            continue
        named = system.value if system else _DESKTOPS[image.format]
        yield image_finding(
            "ABI604",
            file,
            image,
            what=named,
            message="the wheel's tag names another system",
            hint=_HINT,
        )


_DESKTOPS = {
    BinaryFormat.ELF: "Linux",
    BinaryFormat.MACH_O: "macOS",
    BinaryFormat.PE: "Windows",
    BinaryFormat.WEB_ASSEMBLY: "Emscripten",
}


def newer_mobile_system(
    file: BinaryFile, image: Image, tags: Sequence[str]
) -> Iterator[Finding]:
    """Yield images for a newer Android or iOS than the oldest tag's (ABI607).

    This is a warning: no loader rejects a library for it, but its code may need it.
    """
    system, needed = image.mobile_system, image.minimum_os
    oldest = min(
        (version for tag in tags if (version := _version(tag, system))), default=None
    )
    if system is None or needed is None or oldest is None:
        return
    # Linkers raise a lower version, so that the tag's cannot be kept.
    if system is MobileSystem.IOS_SIMULATOR and image.machine == "arm64":
        oldest = max(oldest, _FIRST_ARM_SIMULATOR)
    if needed > oldest:
        yield image_finding(
            "ABI607",
            file,
            image,
            severity=Severity.WARNING,
            what=_named(system, needed),
            message=(
                "the file requires it, but the wheel's tag promises"
                f" {_named(system, oldest)}"
            ),
            hint=_HINT,
        )


def _system(tag: str) -> MobileSystem | None:
    ios = re.fullmatch(_IOS, tag)
    if ios is not None:
        return _IOS_SYSTEMS[ios["device"]]
    return MobileSystem.ANDROID if re.fullmatch(_ANDROID, tag) else None


def _version(tag: str, system: MobileSystem | None) -> tuple[int, int] | None:
    if system is None or _system(tag) is not system:
        return None
    android, ios = re.fullmatch(_ANDROID, tag), re.fullmatch(_IOS, tag)
    if ios is not None:
        return int(ios["major"]), int(ios["minor"])
    return (int(android["level"]), 0) if android else None


def _named(system: MobileSystem, version: tuple[int, int]) -> str:
    if system is MobileSystem.ANDROID:
        return f"Android API level {version[0]}"
    return "iOS {}.{}".format(*version)
