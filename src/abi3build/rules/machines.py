"""Rule ABI604: whether an image is for the machine that the wheel's tag names.

Platform tags: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re

from abi3build.binaries.image import BinaryFormat
from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.image import BinaryFile
    from abi3build.rules.subject import Subject

__all__ = ["architecture_mismatch"]

_LINUX = r"(?:linux|manylinux\w*?|musllinux\w*?)_(?:[0-9]+_)*(?P<arch>[a-z]\w*)"
_MACOS = r"macosx_[0-9]+_[0-9]+_(?P<arch>\w+)"
_WINDOWS = {"win32": "i686", "win_amd64": "x86_64", "win_arm64": "arm64"}

_SLICES = {
    "arm64": ("arm64",),
    "i386": ("i386",),
    "intel": ("i386", "x86_64"),
    "universal2": ("arm64", "x86_64"),
    "x86_64": ("x86_64",),
}
"""The slices of each architecture of macOS that matters to a wheel of today."""

_SAME = {"arm64e": "arm64", "armv8l": "armv7l", "x86_64h": "x86_64"}
"""Machines that run the code of another one, as far as tags are concerned."""

_MAY_BE_ABSENT = {"i386"}
"""No Python from 3.8 on has this slice, so nobody misses it."""


def architecture_mismatch(subject: Subject) -> Iterator[Finding]:
    """Find modules for another machine than the tag's, or without its slice (ABI604).

    Only files that use CPython count: wheels may well carry helpers for others.
    """
    wheel = subject.wheel
    wanted = _machines(wheel.tags.platforms) if wheel is not None else None
    if not wanted:
        return
    for file in subject.files:
        if not any(subject.uses_cpython(image) for image in file.images):
            continue
        present = {
            (image.format, _SAME.get(image.machine, image.machine))
            for image in file.images
        }
        for _, machine in sorted(present - wanted, key=str):
            yield _finding(file, machine, "the wheel's tag names another machine")
        for _, machine in sorted(wanted - present, key=str):
            if present & wanted and machine not in _MAY_BE_ABSENT:
                yield _finding(file, machine, "the tag promises it, the file lacks it")


def _machines(platforms: Iterable[str]) -> set[tuple[BinaryFormat, str]] | None:
    wanted: set[tuple[BinaryFormat, str]] = set()
    for platform in platforms:
        linux, macos = re.fullmatch(_LINUX, platform), re.fullmatch(_MACOS, platform)
        if platform in _WINDOWS:
            wanted.add((BinaryFormat.PE, _WINDOWS[platform]))
        elif linux is not None:
            machine = _SAME.get(linux["arch"], linux["arch"])
            wanted.add((BinaryFormat.ELF, machine))
        elif macos is not None and macos["arch"] in _SLICES:
            slices = _SLICES[macos["arch"]]
            wanted.update((BinaryFormat.MACH_O, machine) for machine in slices)
        else:
            # A platform that this version does not know is not judged.
            return None
    return wanted


def _finding(file: BinaryFile, machine: str, message: str) -> Finding:
    return Finding(
        code="ABI604",
        severity=Severity.ERROR,
        file=file.path,
        subject=machine,
        message=message,
        hint="build for the machine that the tag names, or tag the wheel for this one",
    )
