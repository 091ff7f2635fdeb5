"""Rules ABI401 and ABI402: whether the macro was in effect in each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.debug_types import units_without_limit
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.python_libraries import parse_python_library
from abi3build.rules.subject import architecture_of
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject

__all__ = ["macro_differs", "macro_not_in_effect"]

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


def macro_not_in_effect(subject: Subject) -> Iterator[Finding]:
    """Find units that saw Python's full API under the limit (ABI401).

    Its macros and inline functions reach into structures; no symbol shows that.
    """
    for unit in subject.units:
        telling = [
            header
            for header in unit.full_api_headers
            if header not in _READ_UNDER_ANY_LIMIT
        ]
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
