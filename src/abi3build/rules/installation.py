"""Rules ABI608 to ABI611: how installers treat a wheel, whatever was intended.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.binaries.image import MODULE_STARTS
from abi3build.rules.finding import Finding, Severity, wheel_finding
from abi3build.rules.floors import exports_floor, lowest_floor
from abi3build.stable_abi.known_names import Tier, tier
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_ABI3T, PythonVersion
from abi3build.wheels.wheel import NameKind, normalized_name, parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.wheels.wheel import Wheel

__all__ = [
    "nested_wheel",
    "none_tag_with_python",
    "other_distribution",
    "purelib_extension",
]


_NO_SYMBOLS = (Tier.MACRO, Tier.LIMITED_MACRO, Tier.UNKNOWN)


def purelib_extension(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield machine code that is installed into the folder for pure Python (ABI608).

    This is a warning: on most systems the two folders are the same, but not on Fedora.
    """
    wheel = audited.wheel
    modules = [file.path for _, file in audited.modules if file.images]
    if wheel is not None and wheel.is_purelib and modules:
        yield wheel_finding(
            "ABI608",
            "Root-Is-Purelib",
            f"true, and {_several(modules)} machine code",
            "build the wheel again: setuptools writes false if it has extensions",
            Severity.WARNING,
        )


def other_distribution(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield names and versions in a wheel that differ from its file name (ABI609)."""
    wheel = audited.wheel
    if wheel is None:
        return
    named = f"{wheel.distribution} {wheel.version}"
    own_name = normalized_name(wheel.distribution)
    for where, name, version in _said(wheel):
        same_name = not name or normalized_name(name) == own_name
        same_version = not version or _same_version(version, wheel.version)
        if not (same_name and same_version):
            yield wheel_finding(
                "ABI609",
                where,
                (
                    f"says {name} {version}, but the file name says {named}: installers"
                    " reject that"
                ),
                "build the wheel again instead of renaming it",
            )


def nested_wheel(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield wheels inside the wheel, which are neither installed nor read (ABI610)."""
    wheel = audited.wheel
    nested = [name for name in (wheel.members if wheel else ()) if _is_wheel(name)]
    if nested:
        yield wheel_finding(
            "ABI610",
            nested[0].rpartition("/")[2],
            (
                f"{_several(nested)} a wheel: installers copy it without installing it,"
                " and the audit does not read it"
            ),
            "leave it out, or audit it separately",
            Severity.WARNING,
        )


def none_tag_with_python(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield files that use CPython's symbols under a tag that says none (ABI611).

    This is an error for modules; files that other programs load may find Python
    themselves.
    """
    wheel = audited.wheel
    if wheel is None or not audited.promises_no_abi:
        return
    for file, image in audited.images():
        taken = _taken(audited, image)
        if not taken or _is_for_all_builds(wheel, image):
            continue
        is_module = any(name.startswith(MODULE_STARTS) for name in image.exports)
        yield Finding(
            code="ABI611",
            severity=Severity.ERROR if is_module else Severity.WARNING,
            file=file.path,
            what=file.path.rpartition("/")[2],
            message=(
                f"uses {len(taken)} symbols of CPython, but with the tag {wheel.tags}"
                f" it is installed on {_promised(wheel)}"
            ),
            hint=f"tag the wheel {_right_tag(audited, file, image, taken)}",
        )


def _taken(audited: AuditedFiles, image: Image) -> list[str]:
    return [
        each.symbol
        for each in audited.cpython_imports(image)
        if tier(each.symbol) not in _NO_SYMBOLS and not each.weak
    ]


def _is_for_all_builds(wheel: Wheel, image: Image) -> bool:
    """Tell whether a module says that it is for both kinds of each promised Python."""
    pythons = [_version(tag) for tag in wheel.tags.pythons]
    return bool(image.abi_information) and all(
        python is not None
        and python >= FIRST_ABI3T
        and each.is_for_gil
        and each.is_for_free_threading
        for python in pythons
        for each in image.abi_information
    )


def _promised(wheel: Wheel) -> str:
    versions = [_version(tag) for tag in wheel.tags.pythons]
    known = sorted(version for version in versions if version is not None)
    if len(known) < len(versions):
        return "every Python 3, including PyPy and free-threaded builds"
    return f"Python {' and '.join(map(str, known))}, including free-threaded builds"


def _right_tag(
    audited: AuditedFiles, file: BinaryFile, image: Image, taken: list[str]
) -> str:
    """Return the tag that the file's name and symbols allow."""
    platforms = audited.wheel.tags.platforms if audited.wheel else ()
    platform = ".".join(platforms)
    module = parse_module_file(file.path)
    # The file name is the only place that says which Python built the module.
    if module is not None and module.kind is NameKind.VERSION_SPECIFIC:
        match = re.match(r"(?:cpython-|cp)([0-9]+)(t?)", module.infix)
        if match is not None:
            python = f"cp{match[1]}"
            return f"{python}-{python}{match[2]}-{platform}, for the Python in its name"
    if all(name in stable_symbols() for name in taken):
        lowest = max(lowest_floor(image.imports), exports_floor(image.exports))
        floor = max(lowest, audited.promise.floor)
        return (
            f"{floor.tag}-abi3-{platform} if it was compiled with"
            f" Py_LIMITED_API={floor.hex}, else for the Python that built it"
        )
    return f"for the Python that built it, such as cp314-cp314-{platform}"


def _version(tag: str) -> PythonVersion | None:
    try:
        return PythonVersion.from_tag(tag)
    except ValueError:
        return None


def _said(wheel: Wheel) -> Iterator[tuple[str, str, str]]:
    name, _, version = wheel.dist_info.rpartition(".")[0].partition("-")
    yield ".dist-info", name, version
    yield "METADATA", wheel.recorded_name, wheel.recorded_version


def _same_version(said: str, named: str) -> bool:
    if said.replace("-", "_") == named:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(said) == Version(named.replace("_", "-"))
    except InvalidVersion:
        return False


def _is_wheel(name: str) -> bool:
    return name.endswith(".whl")


def _several(names: list[str]) -> str:
    others = len(names) - 1
    return f"{names[0]} and {others} more are" if others else f"{names[0]} is"
