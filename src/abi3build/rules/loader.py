"""Rules ABI105, ABI106 and ABI305: what the system's loader does with a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.image import MODULE_STARTS
from abi3build.rules.finding import Severity, image_finding, span
from abi3build.stable_abi.stable_symbols import (
    FIRST_EXAMINED_ON_LINUX,
    linux_exports,
    stable_symbols,
)
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding
    from abi3build.versions import PythonVersion

__all__ = [
    "interposed_symbol",
    "missing_function",
    "not_a_library",
    "was_always_there",
]


_MOST_NAMED = 4


def interposed_symbol(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield functions of the wheel that CPython's functions replace (ABI105).

    This is an error if CPython has not always had the name: up to one version the
    module calls its own function, and from the next one on CPython's function of the
    same name, which may take other arguments and return something else.  If CPython
    always had it, the wheel's own function is never called on any Python.
    """
    floor = audited.promise.floor
    for file, image in audited.images():
        for symbol in audited.shadowed_imports(image):
            name = symbol.symbol
            theirs = _promised(name, floor)
            always = was_always_there(name)
            if not theirs or (always and name not in stable_symbols()):
                # Nothing takes its place, or it is an unstable one for all (ABI101).
                continue
            yield image_finding(
                "ABI105",
                file,
                image,
                severity=Severity.WARNING if always else Severity.ERROR,
                what=name,
                message=f"defined in the wheel, but {_taken(theirs, floor)}",
                hint=_hide(name) if name in image.exports else _rename(name),
            )


def missing_function(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield modules that use a function that no library they need contains (ABI106).

    This is a warning, because something else may load it into the process first.
    """
    for file, image in audited.images():
        if not image.unprovided:
            continue
        first, *others = image.unprovided
        message = (
            "none of the libraries that the file needs has it, so the import fails"
        )
        if others:
            named = ", ".join(others[:_MOST_NAMED])
            more = len(others) - _MOST_NAMED
            message += f"; the same is true of {named}" + (
                f" and {more} more" if more > 0 else ""
            )
        yield image_finding(
            "ABI106",
            file,
            image,
            severity=Severity.WARNING,
            what=first,
            message=message,
            hint=(
                "add the source or the library that defines it to the extension;"
                " `abi3build try` shows Python's error"
            ),
        )


def not_a_library(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield files that are named like modules but are no libraries (ABI305)."""
    for module, file in audited.modules:
        for image in file.images:
            starts = any(name.startswith(MODULE_STARTS) for name in image.exports)
            if image.is_shared_library or not (starts or module.claims_to_be_module):
                continue
            yield image_finding(
                "ABI305",
                file,
                image,
                what=file.path.rpartition("/")[2],
                message=(
                    f"{image.format.value}, but not a shared library: Python cannot"
                    " load object files or programs"
                ),
                hint="link it as a shared library, as build_ext does",
            )


def was_always_there(name: str) -> bool:
    """Tell whether every examined Python, from 3.6 on, exports a name."""
    return len(_promised(name, FIRST_EXAMINED_ON_LINUX)) == _count(
        FIRST_EXAMINED_ON_LINUX
    )


def _count(first: PythonVersion) -> int:
    return NEWEST_KNOWN.minor - first.minor + 1


def _promised(name: str, floor: PythonVersion) -> list[PythonVersion]:
    first = min(floor, NEWEST_KNOWN)
    return [each for each in linux_exports(name) if first <= each <= NEWEST_KNOWN]


def _taken(theirs: list[PythonVersion], floor: PythonVersion) -> str:
    first = min(max(floor, FIRST_EXAMINED_ON_LINUX), NEWEST_KNOWN)
    if len(theirs) == _count(first):
        return "every promised Python has one too, and the loader uses that"
    if theirs[-1] == NEWEST_KNOWN:
        return f"from Python {theirs[0]} on, the loader uses CPython's"
    return f"on Python {span(theirs[0], theirs[-1])}, the loader uses CPython's"


def _hide(name: str) -> str:
    return (
        f"rename your own {name}, make it static or hidden, or link with"
        " -Wl,-Bsymbolic-functions"
    )


def _rename(name: str) -> str:
    return f"rename {name} in the file that defines it and in the files that use it"
