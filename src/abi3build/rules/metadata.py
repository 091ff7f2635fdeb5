"""Rules ABI601 to ABI605: what a wheel says of itself against what is in it."""

from __future__ import annotations

from itertools import product

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.abi3t import mismatched_abi_information, tag_before_abi3t
from abi3build.rules.finding import Finding, Severity
from abi3build.settings.requires_python import first_python_3
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.rules.subject import Subject

__all__ = [
    "extension_lost",
    "requires_python_mismatch",
    "stable_abi_not_needed",
    "tag_mismatch",
]

_REBUILD = "build the wheel again instead of renaming it, or use `wheel tags`"


def tag_mismatch(subject: Subject) -> Iterator[Finding]:
    """Find file names, WHEEL tags and contents that disagree (ABI601)."""
    yield from tag_before_abi3t(subject)
    yield from mismatched_abi_information(subject)
    wheel = subject.wheel
    if wheel is None:
        return
    named, recorded = wheel.tags.expand(), _expand(wheel.recorded_tags)
    if set(named) != recorded:
        said = ", ".join(wheel.recorded_tags) or "nothing"
        # Repair tools have renamed wheels of which they changed only the platform.
        only_platform = _without_platform(named) == _without_platform(recorded)
        severity = Severity.WARNING if only_platform else Severity.ERROR
        message = f"WHEEL says {said}"
        yield _finding("ABI601", str(wheel.tags), message, _REBUILD, severity)
    for python in wheel.tags.pythons:
        if not _is_cpython_tag(python):
            yield _finding(
                "ABI601",
                python,
                "abi3 wheels carry the tag of a CPython minor version",
                f"tag the wheel {subject.promise.floor.tag}-abi3",
            )
    if wheel.tags.platforms == ("any",) and subject.files:
        yield _finding("ABI601", "any", "the wheel has machine code", _REBUILD)


def requires_python_mismatch(subject: Subject) -> Iterator[Finding]:
    """Find a Requires-Python that begins elsewhere than the floor (ABI602).

    A warning: the wheel works, but one of the two lines is not what was meant.
    """
    wheel = subject.wheel
    lowest = _lowest_python(wheel.requires_python) if wheel else None
    floor = subject.promise.floor
    if wheel is None or lowest is None or lowest == floor:
        return
    if lowest < floor:
        message = f"admits Python {lowest}, which the wheel's floor {floor} does not"
        hint = f'set requires-python = ">={floor}", or min-python = "{lowest}"'
    else:
        message = f"refuses Python {floor}, which the wheel's tag promises"
        hint = f'set min-python = "{lowest}": nobody below can install the wheel'
    yield _finding("ABI602", wheel.requires_python, message, hint, Severity.WARNING)


def stable_abi_not_needed(subject: Subject) -> Iterator[Finding]:
    """Find wheels in which nothing uses CPython (ABI603).

    A warning: such a wheel works, but ``py3-none`` would serve every Python.
    """
    wheel = subject.wheel
    if wheel is None or any(file.fault for file in subject.files):
        return
    if any(subject.uses_cpython(image) for _, image in subject.images()):
        return
    platform = ".".join(wheel.tags.platforms)
    yield _finding(
        "ABI603",
        str(wheel.tags),
        "no file in the wheel uses CPython's API",
        f"tag the wheel py3-none-{platform}: any Python could load it",
        Severity.WARNING,
    )


def extension_lost(subject: Subject) -> Iterator[Finding]:
    """Find extensions that the build declared and the wheel lacks (ABI605)."""
    present = {
        _dotted_name(module.folder, module.name) for module, _ in subject.modules
    }
    for name in subject.declared_modules:
        if not any(f".{path}".endswith(f".{name}") for path in present):
            yield _finding(
                "ABI605",
                name,
                "declared as an extension, and no file of the wheel is it",
                'make it compile, or set optional = "allow" to ship without it',
            )


def _lowest_python(specifier: str) -> PythonVersion | None:
    try:
        return first_python_3(specifier)
    except ValueError:
        # Installers refuse or ignore a malformed specifier; no promise is in it.
        return None


def _expand(recorded: Iterable[str]) -> set[str]:
    """Give the single tags of WHEEL, where old tools wrote compressed sets too."""
    single: set[str] = set()
    for line in recorded:
        parts = [part.split(".") for part in line.split("-")]
        single.update("-".join(combination) for combination in product(*parts))
    return single


def _without_platform(tags: Iterable[str]) -> set[str]:
    return {tag.rpartition("-")[0] for tag in tags}


def _dotted_name(folder: str, name: str) -> str:
    return ".".join([*folder.split("/"), name]) if folder else name


def _is_cpython_tag(tag: str) -> bool:
    try:
        PythonVersion.from_tag(tag)
    except ValueError:
        return False
    return True


def _finding(
    code: str,
    subject: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(code, severity, "", subject, message, hint)
