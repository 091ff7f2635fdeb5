"""Whether a file runs on the oldest system that a wheel's tag names: ABI607."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.finding import Severity, image_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding

__all__ = ["newer_system"]


_MANYLINUX = r"manylinux_(\d+)_(\d+)_\w+"
_OLDER_NAMES = {
    "manylinux1": (2, 5),
    "manylinux2010": (2, 12),
    "manylinux2014": (2, 17),
}
"""What PEP 600 says of the tags before it: https://peps.python.org/pep-0600/"""

_MACOS_VERSION_TAG = r"macosx_(\d+)_(\d+)_\w+"
_FIRST_ARM_MACOS = (11, 0)
"""No macOS before it runs arm64 code, so a tag with an older one promises this."""

_GLIBC = r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?"
_GLIBC_FILE = "libc.so.6"
_GLIBC_MARKS = {"GLIBC_ABI_DT_RELR": (2, 36)}
"""Versions that are not numbers; https://sourceware.org/glibc/wiki/Release/2.36"""


def newer_system(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules for a newer glibc or macOS than the tag's, or for another libc.

    Only files that use CPython count, as for the machine (ABI604).  If there are
    several tags, the oldest system counts.
    """
    platforms = audited.wheel.tags.platforms if audited.wheel is not None else ()
    is_musl = any(platform.startswith("musllinux_") for platform in platforms)
    for file, image in audited.images():
        if not audited.uses_cpython(image):
            continue
        if image.mobile_system is not None:
            from abi3build.rules.mobile_systems import newer_mobile_system

            yield from newer_mobile_system(file, image, platforms)
        elif image.format is BinaryFormat.MACH_O:
            yield from _newer_macos(file, image, _oldest(_MACOS_VERSION_TAG, platforms))
        elif image.format is BinaryFormat.ELF and is_musl:
            yield from _needs_glibc(file, image)
        elif image.format is BinaryFormat.ELF:
            yield from _newer_glibc(file, image, _oldest_glibc(platforms))


def _newer_glibc(
    file: BinaryFile, image: Image, promised: tuple[int, int] | None
) -> Iterator[Finding]:
    if promised is None:
        return
    needs = [
        (needed, version, library)
        for library, version in image.version_needs
        if (needed := _glibc_version(version)) is not None and needed > promised
    ]
    if needs:
        # The newest one decides; the others would say the same of the same file.
        needed, version, library = max(needs)
        message = f"{library} has it only since glibc {_dotted(needed)}"
        tag = f"but the wheel's tag promises glibc {_dotted(promised)}"
        yield _wrong_system(file, image, version, f"{message}, {tag}")


def _needs_glibc(file: BinaryFile, image: Image) -> Iterator[Finding]:
    needs = {version for _, version in image.version_needs if _glibc_version(version)}
    newest = sorted(needs, key=lambda version: _glibc_version(version) or (0, 0))[-1:]
    libraries = [library for library in image.libraries if library == _GLIBC_FILE]
    for what in newest or libraries:
        yield _wrong_system(
            file, image, what, "belongs to glibc, but the wheel's tag promises musl"
        )


def _newer_macos(
    file: BinaryFile, image: Image, promised: tuple[int, int] | None
) -> Iterator[Finding]:
    if promised is None or image.minimum_os is None:
        return
    if image.machine.startswith("arm64"):
        promised = max(promised, _FIRST_ARM_MACOS)
    if image.minimum_os > promised:
        yield _wrong_system(
            file,
            image,
            f"macOS {_dotted(image.minimum_os)}",
            (
                "the file requires it, but the wheel's tag promises macOS"
                f" {_dotted(promised)}"
            ),
            # No loader of macOS refuses a library for it, though its code may need it.
            Severity.WARNING,
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


def _wrong_system(
    file: BinaryFile,
    image: Image,
    what: str,
    message: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return image_finding(
        "ABI607",
        file,
        image,
        severity=severity,
        what=what,
        message=message,
        hint="build for the system that the tag names, or tag the wheel for this one",
    )
