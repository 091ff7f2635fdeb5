"""Rule ABI607: whether an image asks for a newer system than the wheel's tag promises.

Platform tags: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re

from abi3build.binaries.image import BinaryFormat
from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.subject import architecture_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.subject import Subject

__all__ = ["newer_system"]

_MANYLINUX = r"manylinux_(\d+)_(\d+)_\w+"
_OLDER_NAMES = {
    "manylinux1": (2, 5),
    "manylinux2010": (2, 12),
    "manylinux2014": (2, 17),
}
"""What PEP 600 says of the tags before it: https://peps.python.org/pep-0600/"""

_MACOS = r"macosx_(\d+)_(\d+)_\w+"
_FIRST_ARM_MACOS = (11, 0)
"""No macOS before it runs arm64 code, so a tag with an older one promises this."""

_GLIBC = r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?"
_GLIBC_FILE = "libc.so.6"
_GLIBC_MARKS = {"GLIBC_ABI_DT_RELR": (2, 36)}
"""Versions that are no numbers; https://sourceware.org/glibc/wiki/Release/2.36"""


def newer_system(subject: Subject) -> Iterator[Finding]:
    """Find modules for a newer glibc or macOS than the tag's, or for another libc.

    Only files that use CPython count, as for the machine (ABI604).  Of several tags the
    oldest system counts.
    """
    platforms = subject.wheel.tags.platforms if subject.wheel is not None else ()
    is_musl = any(platform.startswith("musllinux_") for platform in platforms)
    for file, image in subject.images():
        if not subject.uses_cpython(image):
            continue
        if image.format is BinaryFormat.MACH_O:
            yield from _newer_macos(file, image, _oldest(_MACOS, platforms))
        elif image.format is BinaryFormat.ELF and is_musl:
            yield from _needs_glibc(file, image)
        elif image.format is BinaryFormat.ELF:
            yield from _newer_glibc(file, image, _oldest_glibc(platforms))


def _newer_glibc(
    file: BinaryFile, image: Image, promised: tuple[int, int] | None
) -> Iterator[Finding]:
    if promised is None:
        return
    for library, version in image.version_needs:
        needed = _glibc_version(version)
        if needed is not None and needed > promised:
            message = f"{library} has it since glibc {_dotted(needed)}"
            tag = f"the wheel's tag promises glibc {_dotted(promised)}"
            yield _finding(file, version, f"{message}, {tag}")


def _needs_glibc(file: BinaryFile, image: Image) -> Iterator[Finding]:
    needs = {version for _, version in image.version_needs if _glibc_version(version)}
    libraries = [library for library in image.libraries if library == _GLIBC_FILE]
    for subject in sorted(needs) or libraries:
        yield _finding(file, subject, "glibc has it, the wheel's tag promises musl")


def _newer_macos(
    file: BinaryFile, image: Image, promised: tuple[int, int] | None
) -> Iterator[Finding]:
    if promised is None or image.minimum_os is None:
        return
    if image.machine.startswith("arm64"):
        promised = max(promised, _FIRST_ARM_MACOS)
    if image.minimum_os > promised:
        finding = _finding(
            file,
            f"macOS {_dotted(image.minimum_os)}",
            f"the file asks for it, the wheel's tag promises macOS {_dotted(promised)}",
        )
        # No loader of macOS refuses a library for it, though its code may need it.
        yield finding._replace(
            severity=Severity.WARNING,
            architecture=architecture_of(file, image),
        )


def _oldest_glibc(platforms: Iterable[str]) -> tuple[int, int] | None:
    versions = [
        _OLDER_NAMES[name]
        for name in (platform.partition("_")[0] for platform in platforms)
        if name in _OLDER_NAMES
    ]
    numbered = _oldest(_MANYLINUX, platforms)
    return min([*versions, numbered] if numbered else versions, default=None)


def _oldest(pattern: str, platforms: Iterable[str]) -> tuple[int, int] | None:
    matches = (re.fullmatch(pattern, platform) for platform in platforms)
    return min((_numbers(match) for match in matches if match), default=None)


def _glibc_version(name: str) -> tuple[int, int] | None:
    match = re.fullmatch(_GLIBC, name)
    return _numbers(match) if match else _GLIBC_MARKS.get(name)


def _numbers(match: re.Match[str]) -> tuple[int, int]:
    return int(match[1]), int(match[2])


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _finding(file: BinaryFile, subject: str, message: str) -> Finding:
    return Finding(
        code="ABI607",
        severity=Severity.ERROR,
        file=file.path,
        subject=subject,
        message=message,
        hint="build for the system that the tag names, or tag the wheel for this one",
    )
