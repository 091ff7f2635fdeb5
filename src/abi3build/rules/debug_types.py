"""The part of rule ABI401 that goes by debug information, in anybody's wheels."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.subject import architecture_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject

__all__ = ["units_without_limit"]


def units_without_limit(subject: Subject) -> Iterator[Finding]:
    """Find units whose debug information has the fields of CPython's types.

    What the build itself saw of a unit says the same with the header's name.
    """
    told = {unit.source for unit in subject.units if unit.full_api_headers}
    for file, image in subject.images():
        for unit in image.unlimited_units:
            if unit not in told:
                yield Finding(
                    code="ABI401",
                    severity=Severity.ERROR,
                    file=file.path,
                    subject=unit or "a unit without a name",
                    message=(
                        "compiled without Py_LIMITED_API: its debug information has the"
                        " fields of PyTypeObject"
                    ),
                    hint=(
                        "compile every unit with Py_LIMITED_API, and look for what"
                        " undefines it: `grep -rn Py_LIMITED_API`"
                    ),
                    architecture=architecture_of(file, image),
                )
