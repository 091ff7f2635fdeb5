"""Whether the macro was in effect in each unit: ABI401, ABI402, ABI404 and ABI405.

The evidence is the headers that units read, their notes and debug information.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.audited_files import parse_python_library
from abi3build.rules.finding import Finding, Severity, image_finding
from abi3build.versions import PythonVersion, release_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.evidence.link_inputs import LinkedObject
    from abi3build.rules.audited_files import AuditedFiles

__all__ = [
    "macro_differs",
    "macro_not_in_effect",
    "mixed_units",
    "units_without_limit",
    "unrecorded_object",
]


_LIMIT_EVERY_UNIT = (
    "compile every unit with Py_LIMITED_API, and find what undefines it:"
    " `grep -rn Py_LIMITED_API`"
)


def units_without_limit(audited: AuditedFiles) -> Iterator[Finding]:
    """Find units whose debug information contains the fields of CPython's types.

    If the build saw the unit, it reports the same with the name of the header.
    """
    told = {unit.source for unit in audited.units if unit.breaches}
    for file, image in audited.images():
        for unit in image.unlimited_units:
            if unit not in told:
                yield image_finding(
                    "ABI401",
                    file,
                    image,
                    what=unit or "a unit without a name",
                    message=(
                        "compiled without Py_LIMITED_API: its debug information"
                        " contains the fields of PyTypeObject"
                    ),
                    hint=_LIMIT_EVERY_UNIT,
                )


_BUILD_AGAIN = (
    "remove the build folder and build again: it contains objects of two builds"
)


def mixed_units(audited: AuditedFiles) -> Iterator[Finding]:
    """Find units that were compiled unlike the others of the wheel (ABI405).

    Only units that abi3build compiled have a note; a module without any note beside
    others is worth mentioning, because Rust and prebuilt objects leave none.
    """
    notes = {note for _, image in audited.images() for note in image.unit_notes}
    if notes:
        yield from _mixed_floors(audited)
        yield from _other_headers(sorted({note.headers for note in notes}))
        yield from _without_notes(audited)


def _mixed_floors(audited: AuditedFiles) -> Iterator[Finding]:
    # Those above the promise are ABI402's; below it the highest is what was meant.
    notes = (note for _, image in audited.images() for note in image.unit_notes)
    others = max(notes, key=lambda note: (note.limited_api, note.abi3t)).target
    for file, image in audited.images():
        for target in sorted({note.target for note in image.unit_notes} - {others}):
            count = sum(note.target == target for note in image.unit_notes)
            yield image_finding(
                "ABI405",
                file,
                image,
                severity=Severity.WARNING,
                what=f"Py_LIMITED_API={target}",
                message=(
                    f"{count} of {len(image.unit_notes)} units, the others for {others}"
                ),
                hint=_BUILD_AGAIN,
            )


def _other_headers(headers: list[int]) -> Iterator[Finding]:
    if len(headers) > 1:
        releases = ", ".join(map(release_of, headers))
        yield Finding(
            code="ABI405",
            severity=Severity.INFO,
            file="",
            what=releases,
            message="units were compiled with headers of several releases",
        )


def _without_notes(audited: AuditedFiles) -> Iterator[Finding]:
    if audited.wheel is not None and audited.wheel.build_record is not None:
        # It says of each file how many to expect, and ABI406 asks.
        return
    for file, image in audited.images():
        if not image.unit_notes and audited.uses_cpython(image):
            yield image_finding(
                "ABI405",
                file,
                image,
                severity=Severity.INFO,
                what=file.path.rpartition("/")[2],
                message="no unit left a note, although units of other files did",
            )


_COMPILE_HERE = (
    "list its sources with the extension or in libraries of setup(), or accept it by"
    " name, with the reason, in tool.abi3build.allow"
)


def macro_not_in_effect(audited: AuditedFiles) -> Iterator[Finding]:
    """Find units that used Python's full API under the limit (ABI401).

    Its macros and inline functions read structures, which no symbol shows.
    """
    for unit in audited.units:
        if unit.breaches:
            breach = unit.breaches[0]
            yield Finding(
                code="ABI401",
                severity=Severity.ERROR,
                file=unit.source,
                what=breach.header,
                message=(
                    f"read with Py_LIMITED_API set to {breach.value}"
                    if breach.value
                    else "read without Py_LIMITED_API in effect"
                ),
                hint=(
                    "remove the #undef, or the #include that bypasses Python.h: `grep"
                    " -n Py_LIMITED_API` finds the former"
                ),
                origin=breach.place,
            )
        for library in unit.python_libraries:
            known = parse_python_library(library.replace(".lib", ".dll"))
            # A debug library says nothing of the macro (ABI202).
            if known is None or known.minor is None or known.debug:
                continue
            yield Finding(
                code="ABI401",
                severity=Severity.ERROR,
                file=unit.source,
                what=library,
                message="requested, so Py_LIMITED_API was not defined for Python.h",
                hint=(
                    "remove the #undef before Python.h: `findstr /n Py_LIMITED_API`"
                    " finds it"
                ),
            )
    yield from units_without_limit(audited)
    if audited.machine_code:
        # It is there only if it was asked for.
        from abi3build.rules.hidden_fields import hidden_fields

        yield from hidden_fields(audited, _LIMIT_EVERY_UNIT)


def macro_differs(audited: AuditedFiles) -> Iterator[Finding]:
    """Find units whose macro is not that of the promise (ABI402).

    They were compiled for a later floor, or only for Pythons with the GIL although the
    wheel is for abi3t.
    """
    floor = audited.promise.floor
    for file, image in audited.images():
        values = sorted({note.limited_api for note in image.unit_notes})
        for version in (PythonVersion.from_hex(value) for value in values):
            if version > floor:
                yield image_finding(
                    "ABI402",
                    file,
                    image,
                    what=f"Py_LIMITED_API={version.hex}",
                    message=f"a unit was compiled for {version} and later",
                    hint=f'set min-python = "{version}", or compile for {floor}',
                    settled_by=version,
                )
        gil_alone = sum(not note.abi3t for note in image.unit_notes)
        if audited.promise.free_threaded and gil_alone:
            yield image_finding(
                "ABI402",
                file,
                image,
                what="Py_TARGET_ABI3T",
                message=(
                    f"not defined for {gil_alone} of {len(image.unit_notes)} units, so"
                    " free-threaded Pythons cannot run them"
                ),
                hint="compile every unit with Py_TARGET_ABI3T, as abi3build does",
            )
    for linked in audited.linked:
        yield from _other_floors(audited, linked)


def unrecorded_object(audited: AuditedFiles) -> Iterator[Finding]:
    """Find linked objects that call CPython and were not watched (ABI404).

    Those with a note of an earlier build are judged by it (ABI402).
    """
    taken = {
        each.symbol
        for _, image in audited.images()
        for each in audited.cpython_imports(image)
    }
    for linked in audited.linked:
        symbols = [symbol for symbol in linked.symbols if symbol in taken]
        if linked.floors:
            continue
        if linked.is_hidden:
            yield Finding(
                code="ABI404",
                severity=Severity.WARNING,
                file=_made_into(audited, linked),
                what=linked.name,
                message=(
                    "was compiled for link-time optimization, which hides what it calls"
                ),
                hint=_COMPILE_HERE,
            )
        elif symbols and not linked.is_of_build:
            others = f" and {len(symbols) - 1} more" if len(symbols) > 1 else ""
            yield Finding(
                code="ABI404",
                severity=Severity.ERROR,
                file=_made_into(audited, linked),
                what=linked.name,
                message=(
                    f"calls {symbols[0]}{others}, and no note shows how it was compiled"
                ),
                hint=_COMPILE_HERE,
                origin=linked.place if symbols[0] == linked.symbols[0] else "",
            )


def _made_into(audited: AuditedFiles, linked: LinkedObject) -> str:
    """Return the name within the subject of the file that the linker made."""
    output = linked.output.replace("\\", "/")
    paths = (file.path for file in audited.files)
    return next((path for path in paths if f"/{output}".endswith(f"/{path}")), output)


def _other_floors(audited: AuditedFiles, linked: LinkedObject) -> Iterator[Finding]:
    floor = audited.promise.floor
    for version in map(PythonVersion.from_hex, linked.floors):
        if version != floor:
            yield Finding(
                code="ABI402",
                severity=Severity.ERROR,
                file=_made_into(audited, linked),
                what=linked.name,
                message=f"was compiled for {version}, not for {floor}",
                hint=f"compile {linked.name} for {floor}, preferably in this build",
            )
