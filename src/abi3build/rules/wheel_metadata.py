"""Whether a wheel's metadata agrees with its contents: ABI601 to ABI605.

Tags, ``Requires-Python``, processor and declared extensions are compared.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.abi3t import mismatched_abi_information, tag_before_abi3t
from abi3build.rules.finding import Finding, Severity, wheel_finding
from abi3build.rules.floors import exports_floor, lowest_floor
from abi3build.settings.requires_python import first_python_3
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.image import BinaryFile
    from abi3build.rules.audited_files import AuditedFiles

__all__ = [
    "architecture_mismatch",
    "extension_lost",
    "requires_python_mismatch",
    "stable_abi_not_needed",
    "tag_mismatch",
]


_LINUX = r"(?:linux|manylinux\w*?|musllinux\w*?)_(?:[0-9]+_)*(?P<arch>[a-z]\w*)"
_MACOS_TAG = r"macosx_[0-9]+_[0-9]+_(?P<arch>\w+)"
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

_MOBILE_TAGS = ("android_", "ios_")

_MAY_BE_ABSENT = {"i386"}
"""No Python from 3.8 on has this slice, so it is not needed."""


def architecture_mismatch(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules for another machine than the tag's, or without its slice (ABI604).

    Only files that use CPython count: wheels may contain programs for other machines.
    """
    wheel = audited.wheel
    wanted = _machines(wheel.tags.platforms) if wheel is not None else None
    if wheel is None or not wanted:
        return
    for file in audited.files:
        if not any(audited.uses_cpython(image) for image in file.images):
            continue
        present = {
            (image.format, _SAME.get(image.machine, image.machine))
            for image in file.images
        }
        for _, machine in sorted(present - wanted, key=str):
            yield _wrong_machine(file, machine, "the wheel's tag names another machine")
        for _, machine in sorted(wanted - present, key=str):
            if present & wanted and machine not in _MAY_BE_ABSENT:
                yield _wrong_machine(
                    file, machine, "promised by the tag, but missing in the file"
                )
        tags = wheel.tags.platforms
        is_mobile = any(image.mobile_system for image in file.images)
        if is_mobile or any(tag.startswith(_MOBILE_TAGS) for tag in tags):
            from abi3build.rules.mobile_systems import other_systems

            yield from other_systems(file, tags)


def _machines(platforms: Iterable[str]) -> set[tuple[BinaryFormat, str]] | None:
    wanted: set[tuple[BinaryFormat, str]] = set()
    for platform in platforms:
        linux, macos = (
            re.fullmatch(_LINUX, platform),
            re.fullmatch(_MACOS_TAG, platform),
        )
        if platform in _WINDOWS:
            wanted.add((BinaryFormat.PE, _WINDOWS[platform]))
        elif linux is not None:
            machine = _SAME.get(linux["arch"], linux["arch"])
            wanted.add((BinaryFormat.ELF, machine))
        elif macos is not None and macos["arch"] in _SLICES:
            slices = _SLICES[macos["arch"]]
            wanted.update((BinaryFormat.MACH_O, machine) for machine in slices)
        else:
            from abi3build.rules.mobile_systems import machine_of_other_tag

            other = machine_of_other_tag(platform)
            if other is None:
                # A platform that this version does not know is not judged.
                return None
            wanted.add(other)
    return wanted


def _wrong_machine(file: BinaryFile, machine: str, message: str) -> Finding:
    return Finding(
        code="ABI604",
        severity=Severity.ERROR,
        file=file.path,
        what=machine,
        message=message,
        hint="build for the machine that the tag names, or tag the wheel for this one",
    )


_REBUILD = "build the wheel again instead of renaming it, or use `wheel tags`"


def tag_mismatch(audited: AuditedFiles) -> Iterator[Finding]:
    """Find file names, WHEEL tags and contents that disagree (ABI601)."""
    yield from tag_before_abi3t(audited)
    yield from mismatched_abi_information(audited)
    wheel = audited.wheel
    if wheel is None:
        return
    named, recorded = wheel.tags.expand(), _expand(wheel.recorded_tags)
    if set(named) != recorded:
        said = ", ".join(wheel.recorded_tags) or "nothing"
        # Repair tools have renamed wheels of which they changed only the platform.
        only_platform = _without_platform(named) == _without_platform(recorded)
        severity = Severity.WARNING if only_platform else Severity.ERROR
        message = f"WHEEL says {said}"
        yield wheel_finding("ABI601", str(wheel.tags), message, _REBUILD, severity)
    for python in wheel.tags.pythons:
        message = _no_floor(python)
        if message:
            hint = f"tag the wheel {_floor_in_sight(audited).tag}-abi3"
            yield wheel_finding("ABI601", python, message, hint)
    if wheel.tags.platforms == ("any",) and audited.files:
        yield wheel_finding(
            "ABI601", "any", "the wheel contains machine code", _REBUILD
        )


def requires_python_mismatch(audited: AuditedFiles) -> Iterator[Finding]:
    """Find a Requires-Python that starts at another version than the floor (ABI602).

    This is never an error, because the wheel works.  If it admits older Pythons, that
    is only an info, because other wheels of the release may support them, which one
    wheel does not show.
    """
    wheel = audited.wheel
    lowest = _lowest_python(wheel.requires_python) if wheel else None
    floor = audited.promise.floor
    if wheel is None or lowest is None or lowest == floor:
        return
    if lowest < floor:
        message = f"admits Python {lowest}, but the wheel's floor is {floor}"
        hint = f'set requires-python = ">={floor}" if no other wheel supports Python'
        hint += f" {lowest}"
        if _floor_by_symbols(audited) <= lowest:
            hint += f', or min-python = "{lowest}"'
        severity = Severity.INFO
    else:
        severity = Severity.WARNING
        message = f"excludes Python {floor}, which the wheel's tag promises"
        hint = (
            f'set min-python = "{lowest}": pip on older Pythons rejects the wheel'
            " anyway"
        )
    yield wheel_finding("ABI602", wheel.requires_python, message, hint, severity)


def _floor_by_symbols(audited: AuditedFiles) -> PythonVersion:
    """Return the lowest floor that all images allow."""
    floors = (
        max(lowest_floor(audited.cpython_imports(image)), exports_floor(image.exports))
        for _, image in audited.images()
    )
    return max(floors, default=FIRST_STABLE_ABI)


def stable_abi_not_needed(audited: AuditedFiles) -> Iterator[Finding]:
    """Find wheels in which nothing uses CPython (ABI603).

    This is a warning: such a wheel works, but ``py3-none`` would serve every Python.
    """
    wheel = audited.wheel
    if wheel is None or any(file.fault for file in audited.files):
        return
    if any(audited.uses_cpython(image) for _, image in audited.images()):
        return
    # Without any machine code, no platform is needed either.
    platform = ".".join(wheel.tags.platforms) if audited.files else "any"
    yield wheel_finding(
        "ABI603",
        str(wheel.tags),
        "none of the wheel's files uses CPython's API",
        f"tag the wheel py3-none-{platform}: any Python could load it",
        Severity.WARNING,
    )


def extension_lost(audited: AuditedFiles) -> Iterator[Finding]:
    """Find extensions that the build declared and the wheel lacks (ABI605)."""
    present = {
        _dotted_name(module.folder, module.name) for module, _ in audited.modules
    }
    for name in audited.declared_modules:
        if not any(f".{path}".endswith(f".{name}") for path in present):
            yield wheel_finding(
                "ABI605",
                name,
                "declared as an extension, but not in the wheel",
                'make it compile, or set optional = "allow" to ship without it',
            )


def _lowest_python(specifier: str) -> PythonVersion | None:
    try:
        return first_python_3(specifier)
    except ValueError:
        # Installers refuse or ignore a malformed specifier; no promise is in it.
        return None


def _expand(recorded: Iterable[str]) -> set[str]:
    """Return the single tags of WHEEL, in which old tools wrote compressed sets too."""
    single: set[str] = set()
    for line in recorded:
        parts = [part.split(".") for part in line.lower().split("-")]
        single.update("-".join(combination) for combination in product(*parts))
    return single


def _without_platform(tags: Iterable[str]) -> set[str]:
    return {tag.rpartition("-")[0] for tag in tags}


def _dotted_name(folder: str, name: str) -> str:
    return ".".join([*folder.split("/"), name]) if folder else name


def _no_floor(tag: str) -> str:
    """Say why a Python tag is the floor of no stable ABI; empty if it is one."""
    try:
        version = PythonVersion.from_tag(tag)
    except ValueError:
        return "abi3 wheels must have the tag of a CPython minor version"
    if version.has_stable_abi:
        return ""
    return f"abi3 wheels exist from Python {FIRST_STABLE_ABI} on, and for Python 3 only"


def _floor_in_sight(audited: AuditedFiles) -> PythonVersion:
    """Return the floor that notes, symbols and Requires-Python allow together."""
    notes = [note.floor for _, image in audited.images() for note in image.unit_notes]
    lowest = _lowest_python(audited.wheel.requires_python) if audited.wheel else None
    known = [*notes, *([lowest] if lowest is not None else [])]
    return max([audited.promise.floor, _floor_by_symbols(audited), *known])
