"""Rules ABI401, ABI402 and ABI404: whether the macro was in effect in each unit."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.debug_types import units_without_limit
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.python_libraries import parse_python_library
from abi3build.rules.subject import architecture_of
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.evidence.link_inputs import LinkedObject
    from abi3build.evidence.units import TranslationUnit
    from abi3build.rules.subject import Subject

__all__ = ["macro_differs", "macro_not_in_effect", "unrecorded_object"]

_READ_UNDER_ANY_LIMIT = frozenset(
    (
        "cpython/cellobject.h",
        "cpython/classobject.h",
        "cpython/code.h",
        "cpython/context.h",
        "cpython/funcobject.h",
        "cpython/genobject.h",
        "cpython/initconfig.h",
        "cpython/longintrepr.h",
        "cpython/monitoring.h",
        "cpython/odictobject.h",
        "cpython/picklebufobject.h",
        "cpython/pyctype.h",
        "cpython/pydebug.h",
        "cpython/pyfpe.h",
        "cpython/pylock.h",
        "cpython/pytime.h",
        "cpython/sentinelobject.h",
        "cpython/tracemalloc.h",
    )
)
"""What Python.h of 3.9 to 3.15 includes even under the limit, with nothing in it.

Found by compiling an empty unit with each version's headers and floors 3.2 to 3.15.
"""


_COMPILE_HERE = (
    "list its sources with the extension or in libraries of setup(); or accept it with"
    " its name and the reason in tool.abi3build.allow"
)


def macro_not_in_effect(subject: Subject) -> Iterator[Finding]:
    """Find units that saw Python's full API under the limit (ABI401).

    Its macros and inline functions reach into structures; no symbol shows that.
    """
    for unit in subject.units:
        telling = _telling_headers(unit)
        if telling:
            yield Finding(
                code="ABI401",
                severity=Severity.ERROR,
                file=unit.source,
                subject=telling[0],
                message="read without Py_LIMITED_API in effect",
                hint=(
                    "remove the #undef or the #include that goes around Python.h:"
                    " `grep -n Py_LIMITED_API` finds the former"
                ),
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
                subject=library,
                message="asked for, so Py_LIMITED_API was not defined for Python.h",
                hint=(
                    "remove the #undef before Python.h: `findstr /n Py_LIMITED_API`"
                    " finds it"
                ),
            )
    yield from units_without_limit(subject)


def _telling_headers(unit: TranslationUnit) -> list[str]:
    headers = unit.full_api_headers
    return [header for header in headers if header not in _READ_UNDER_ANY_LIMIT]


def macro_differs(subject: Subject) -> Iterator[Finding]:
    """Find units that were compiled for less than is promised (ABI402).

    That is a later floor, or Pythons with the GIL alone where the wheel is abi3t's.
    """
    floor = subject.promise.floor
    for file, image in subject.images():
        values = sorted({note.limited_api for note in image.unit_notes})
        for version in (PythonVersion.from_hex(value) for value in values):
            if version > floor:
                yield Finding(
                    code="ABI402",
                    severity=Severity.ERROR,
                    file=file.path,
                    subject=f"Py_LIMITED_API={version.hex}",
                    message=f"a unit was compiled for {version} and later",
                    hint=f'set min-python = "{version}", or compile for {floor}',
                    architecture=architecture_of(file, image),
                    settled_by=version,
                )
        gil_alone = sum(not note.abi3t for note in image.unit_notes)
        if subject.promise.free_threaded and gil_alone:
            yield Finding(
                code="ABI402",
                severity=Severity.ERROR,
                file=file.path,
                subject="Py_TARGET_ABI3T",
                message=(
                    f"not defined for {gil_alone} of {len(image.unit_notes)} units,"
                    " which free-threaded Pythons cannot run"
                ),
                hint="compile every unit with Py_TARGET_ABI3T, as abi3build does",
                architecture=architecture_of(file, image),
            )


def unrecorded_object(subject: Subject) -> Iterator[Finding]:
    """Find linked objects that call CPython and were not watched (ABI404).

    Those with a note of an earlier build have to be for the same floor (ABI402).
    """
    taken = {
        each.symbol
        for _, image in subject.images()
        for each in subject.cpython_imports(image)
    }
    # Units that went around Python.h have no note either, and a finding of their own.
    told = {unit.object_file for unit in subject.units if _telling_headers(unit)}
    for linked in subject.linked:
        if linked.name in told:
            continue
        symbols = [symbol for symbol in linked.symbols if symbol in taken]
        if linked.floors:
            yield from _other_floors(subject, linked)
        elif linked.is_hidden:
            yield Finding(
                code="ABI404",
                severity=Severity.WARNING,
                file=_made_into(subject, linked),
                subject=linked.name,
                message="is for link-time optimization, which hides what it calls",
                hint=_COMPILE_HERE,
            )
        elif symbols:
            others = f" and {len(symbols) - 1} more" if len(symbols) > 1 else ""
            yield Finding(
                code="ABI404",
                severity=Severity.ERROR,
                file=_made_into(subject, linked),
                subject=linked.name,
                message=f"calls {symbols[0]}{others}, and no note says how it was made",
                hint=_COMPILE_HERE,
                origin=linked.place if symbols[0] == linked.symbols[0] else "",
            )


def _made_into(subject: Subject, linked: LinkedObject) -> str:
    """Give the subject's own name of the file that the linker made."""
    output = linked.output.replace("\\", "/")
    paths = (file.path for file in subject.files)
    return next((path for path in paths if f"/{output}".endswith(f"/{path}")), output)


def _other_floors(subject: Subject, linked: LinkedObject) -> Iterator[Finding]:
    floor = subject.promise.floor
    for version in map(PythonVersion.from_hex, linked.floors):
        if version != floor:
            yield Finding(
                code="ABI402",
                severity=Severity.ERROR,
                file=_made_into(subject, linked),
                subject=linked.name,
                message=f"was compiled for {version}, not for {floor}",
                hint=f"compile {linked.name} for {floor}, best in this build",
            )
