"""Rules ABI101 to ABI104: whether every symbol of CPython is in the stable ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.abi3t import hidden_layouts
from abi3build.rules.finding import Severity, image_finding
from abi3build.stable_abi.known_names import Tier, tier
from abi3build.stable_abi.stable_symbols import (
    FIRST_EXAMINED_DLL,
    LAST_INCOMPLETE_DLL,
    SystemOfPython,
    condition_holds,
    linux_exports,
    stable_symbols,
    windows_exports,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image, Import
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding
    from abi3build.versions import PythonVersion

__all__ = [
    "conditional_symbol",
    "newer_symbol",
    "undefined_symbol",
    "unstable_symbol",
]

_NO_SYMBOLS = {
    Tier.MACRO: "",
    Tier.LIMITED_MACRO: (
        "include Python.h in the source that uses it: the headers define it"
    ),
    Tier.UNKNOWN: (
        "declare it, or correct its name; the compiler's warning about an implicit"
        " declaration shows the line"
    ),
}
"""The tiers that no CPython exports, with the next step if all share one."""

_PLATFORMS = {
    BinaryFormat.ELF: SystemOfPython.LINUX,
    BinaryFormat.MACH_O: SystemOfPython.MACOS,
    BinaryFormat.PE: SystemOfPython.WINDOWS,
    BinaryFormat.WEB_ASSEMBLY: SystemOfPython.EMSCRIPTEN,
}

_WHERE_CONDITION_HOLDS = {
    "HAVE_FORK": "only on systems with fork(), not on Windows",
    "MS_WINDOWS": "only on Windows",
    "PY_HAVE_THREAD_NATIVE_ID": "only from Python 3.8 on",
    "Py_REF_DEBUG": "only in debug builds of Python",
    "USE_STACKCHECK": "only on Windows, and only from Python 3.14 on",
}


def unstable_symbol(audited: AuditedFiles) -> Iterator[Finding]:
    """Find imports of CPython symbols outside the stable ABI (ABI101)."""
    for file, image, symbol in _symbols(audited):
        if symbol.symbol in stable_symbols():
            continue
        found = tier(symbol.symbol)
        if found in _NO_SYMBOLS:
            continue
        hint = _instead(symbol.symbol, audited.promise.floor)
        finding = _finding("ABI101", file, image, symbol, found.value, hint)
        yield _unless_unproven(finding, audited, image, symbol)
    yield from _shadowed(audited)
    yield from hidden_layouts(audited)


def newer_symbol(audited: AuditedFiles) -> Iterator[Finding]:
    """Find imports that were added to the stable ABI after the floor (ABI102)."""
    floor = audited.promise.floor
    for file, image, symbol in _symbols(audited):
        stable = stable_symbols().get(symbol.symbol)
        if stable is None or stable.added <= floor:
            continue
        message = f"stable since {stable.added}"
        if image.format is BinaryFormat.ELF and floor in linux_exports(stable.name):
            message += f", though {floor} has it on Linux"
        hint = f'min-python = "{stable.added}" settles {stable.name}'
        found = _finding("ABI102", file, image, symbol, message, hint)
        yield found._replace(settled_by=stable.added)


def conditional_symbol(audited: AuditedFiles) -> Iterator[Finding]:
    """Find stable symbols that CPython lacks on this platform (ABI103)."""
    floor = audited.promise.floor
    for file, image, symbol in _symbols(audited):
        stable = stable_symbols().get(symbol.symbol)
        if stable is None:
            continue
        if not condition_holds(stable.condition, _PLATFORMS[image.format], floor):
            message = _WHERE_CONDITION_HOLDS[stable.condition]
            hint = (
                f"compile the use of {stable.name} only if {stable.condition} is"
                " defined"
            )
            yield _finding("ABI103", file, image, symbol, message, hint)
        elif image.format is BinaryFormat.PE and stable.added <= floor:
            yield from _missing_from_dll(audited, file, image, symbol)


def undefined_symbol(audited: AuditedFiles) -> Iterator[Finding]:
    """Find Py-like names that no CPython exports (ABI104)."""
    for file, image, symbol in _symbols(audited):
        if symbol.symbol in stable_symbols():
            continue
        found = tier(symbol.symbol)
        if found not in _NO_SYMBOLS:
            continue
        hint = _NO_SYMBOLS[found] or _instead(symbol.symbol, audited.promise.floor)
        finding = _finding("ABI104", file, image, symbol, found.value, hint)
        yield _unless_unproven(finding, audited, image, symbol)


def _shadowed(audited: AuditedFiles) -> Iterator[Finding]:
    if not audited.has_definitions:
        return
    from abi3build.rules.loader import was_always_there

    for file, image in audited.images():
        for symbol in audited.shadowed_imports(image):
            always = was_always_there(symbol.symbol)
            if symbol.symbol in stable_symbols() or not always:
                # What CPython has not always had is worse (ABI105).
                continue
            message = (
                f"{tier(symbol.symbol).value}; also defined in the wheel, but the"
                " loader uses CPython's if it has one"
            )
            hint = (
                f"rename your own {symbol.symbol}, or hide it from the dynamic symbols"
            )
            finding = _finding("ABI101", file, image, symbol, message, hint)
            yield finding._replace(severity=Severity.WARNING)


def _unless_unproven(
    finding: Finding, audited: AuditedFiles, image: Image, symbol: Import
) -> Finding:
    """Lower the severity if a library outside the wheel may define the name.

    Any library may define a name that no CPython has; CPython's own names are likely
    only in a library that is itself made for the stable ABI, such as
    ``libshiboken6.abi3.so.6.9``.
    """
    if symbol.library:
        return finding
    anything = tier(symbol.symbol) is Tier.UNKNOWN
    foreign = audited.foreign_libraries(image)
    libraries = [name for name in foreign if anything or ".abi3." in name]
    if not libraries:
        return finding
    return finding._replace(
        severity=Severity.WARNING,
        message=f"{finding.message}; not proven, as {', '.join(libraries)} may have it",
        hint="put the library into the wheel, so that it can be checked",
    )


def _symbols(audited: AuditedFiles) -> Iterator[tuple[BinaryFile, Image, Import]]:
    for file, image in audited.images():
        for symbol in audited.cpython_imports(image):
            yield file, image, symbol


def _finding(  # noqa: PLR0913, PLR0917 - the fields of a finding that differ
    code: str,
    file: BinaryFile,
    image: Image,
    symbol: Import,
    message: str,
    hint: str,
) -> Finding:
    if symbol.weak:
        # The image loads without it, and may test for it before the call.
        severity, message, hint = (
            Severity.INFO,
            f"{message}; weak, so it may be missing",
            "",
        )
    else:
        severity = Severity.ERROR
    return image_finding(
        code,
        file,
        image,
        severity=severity,
        what=symbol.symbol,
        message=message,
        hint=hint,
    )


def _missing_from_dll(
    audited: AuditedFiles, file: BinaryFile, image: Image, symbol: Import
) -> Iterator[Finding]:
    """Find what the floor's ``python3.dll`` lacks although it counts as stable.

    Its list was maintained by hand before 3.10: https://peps.python.org/pep-0652/
    """
    floor = audited.promise.floor
    if not FIRST_EXAMINED_DLL <= floor <= LAST_INCOMPLETE_DLL:
        return
    present = windows_exports(symbol.symbol)
    later = [version for version in present if version > floor]
    if floor in present or not later:
        return
    message = f"missing from python3.dll of Python {floor}"
    hint = f'min-python = "{later[0]}" settles {symbol.symbol} on Windows'
    found = _finding("ABI103", file, image, symbol, message, hint)
    yield found._replace(settled_by=later[0])


def _instead(name: str, floor: PythonVersion) -> str:
    from abi3build.stable_abi.replacements import replacement_at, since

    known = replacement_at(name, floor)
    if known is None:
        return f"remove the use of {name}: no replacement in the Limited API is known"
    if not known.instead:
        return f"for {name}: {known.note}"
    return f"for {name} use {known.instead} (stable since {since(known)})"
