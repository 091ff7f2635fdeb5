"""The rules about symbols and their libraries, ABI101 to ABI203, read a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wheel_judge.case import Row, base_name, python_library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wheel_judge.case import Case
    from wheel_judge.evidence import Evidence

__all__ = ["SYMBOL_RULES"]


def _symbols(case: Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        weak = {taken.symbol for taken in image.taken if taken.weak}
        for name in sorted(case.from_python(image)):
            fault = _fault(case, image, name)
            if fault is not None:
                code, severity, why = fault
                severity = "info" if name in weak else severity
                yield Row(path, slice_, code, name, severity, why)


def _fault(case: Case, image: Evidence, name: str) -> tuple[str, str, str] | None:
    known = case.known
    added = known.added.get(name)
    if added is None:
        return _unstable(case, image, name)
    if added > case.floor:
        exported = known.exported.get(name)
        return "ABI102", "error", f"stable since {added}, Linux exports it: {exported}"
    condition = known.condition[name]
    if not _holds(condition, image.format):
        return "ABI103", "error", f"only where {condition}"
    lacking = _lacking(case, name) if image.format == "PE" else []
    if lacking:
        return "ABI103", "error", f"python3.dll lacks it: {lacking}"
    return None


def _unstable(case: Case, image: Evidence, name: str) -> tuple[str, str, str]:
    outside = case.outside_libraries(image)
    if name in case.known.exported:
        # A needed library that is itself for the stable ABI may well define it.
        likely = [library for library in outside if ".abi3." in library]
        why = f"exported on Linux by {case.known.exported[name]}, not stable; {likely}"
        return "ABI101", "warning" if likely else "error", why
    why = f"no CPython exports it; {outside} may"
    return "ABI104", "warning" if outside else "error", why


def _shadowed(case: Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        for name in sorted(case.shadowed(image)):
            why = f"in the wheel, and in CPython {case.known.exported[name]}"
            if not case.promised(name):
                continue
            if not case.is_everywhere(name):
                yield Row(path, slice_, "ABI105", name, "error", why)
            elif name in case.known.added:
                yield Row(path, slice_, "ABI105", name, "warning", why)
            else:
                yield Row(path, slice_, "ABI101", name, "warning", why)


def _libraries(case: Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        for library in sorted(image.libraries):
            words = python_library(library)
            if words is None:
                continue
            if words.groupdict().get("debug"):
                yield Row(path, slice_, "ABI202", base_name(library), "error", library)
            elif words["minor"] or image.format != "PE":
                yield Row(path, slice_, "ABI201", base_name(library), "error", library)


def _providers(case: Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        for taken in sorted(image.taken):
            library = taken.library
            if (
                library
                and taken.symbol in case.known.added
                and not python_library(library)
                and not case.has_file(library)
            ):
                yield Row(path, slice_, "ABI203", taken.symbol, "error", library)


def _lacking(case: Case, name: str) -> list[int]:
    """Return the minor versions of which no release's python3.dll has a stable name."""
    releases: dict[int, list[str]] = {}
    for release in case.known.dll_releases:
        releases.setdefault(int(release.split(".")[1]), []).append(release)
    has = case.known.dll.get(name, [])
    return [
        minor
        for minor, patches in releases.items()
        if (3, minor) >= case.floor and not set(patches) & set(has)
    ]


def _holds(condition: str, format_: str) -> bool:
    if condition == "MS_WINDOWS":
        return format_ == "PE"
    if condition == "HAVE_FORK":
        return format_ != "PE"
    return condition not in {"Py_REF_DEBUG", "USE_STACKCHECK"}


SYMBOL_RULES = (_symbols, _shadowed, _libraries, _providers)
"""Each gives the rows that one wheel's evidence calls for."""
