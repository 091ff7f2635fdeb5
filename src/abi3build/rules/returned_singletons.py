"""Rule ABI408: whether None and similar objects are returned with a new reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.rules.finding import Severity, image_finding
from abi3build.rules.tables import oldest_headers
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding

__all__ = ["lost_reference"]

_FIRST_IMMORTAL = PythonVersion(3, 12)
"""Since when these objects need no references, https://peps.python.org/pep-0683/."""


class _Singleton(NamedTuple):
    """Describe an object and the headers whose ``Py_RETURN_`` macro counts nothing."""

    name: str
    fixed: tuple[tuple[int, int, int], ...]
    """The first right release of each minor version after 3.12 that has wrong ones."""

    def is_lost_with(self, release: tuple[int, int, int]) -> bool:
        """Tell whether headers of a release return it without a new reference."""
        if release < (3, 12, 0):
            return False
        repaired = {each[:2]: each for each in self.fixed}
        return release[:2] == (3, 12) or release < repaired.get(release[:2], release)


_FIXED = ((3, 13, 5),)
_FIXED_LATE = ((3, 13, 10), (3, 14, 1))
_SINGLETONS = {
    "_Py_NoneStruct": _Singleton("None", _FIXED),
    "_Py_TrueStruct": _Singleton("True", _FIXED),
    "_Py_FalseStruct": _Singleton("False", _FIXED),
    "_Py_NotImplementedStruct": _Singleton("NotImplemented", _FIXED_LATE),
}
"""From Misc/NEWS of 3.13.5 (gh-134989), 3.13.10 and 3.14.1 (gh-140487).

3.12 had no more bug fixes by then: all its headers do it.
"""

_HINT = (
    "compile with headers of 3.13.10, 3.14.1 or later, or of 3.11; with GCC, Clang and"
    ' zig, abi3build repairs it; min-python = "3.12" also settles it'
)


def lost_reference(audited: AuditedFiles) -> Iterator[Finding]:
    """Find objects that their headers may return without a new reference (ABI408).

    Headers of 3.12, and of 3.13 and 3.14 before their fixes, treat them as immortal
    under any limit.  Units with a note read abi3build's Python.h, which repairs that.
    """
    if audited.promise.floor >= _FIRST_IMMORTAL:
        return
    for file, image in audited.images():
        taken = {each.symbol for each in audited.cpython_imports(image)}
        used = [each for name, each in _SINGLETONS.items() if name in taken]
        # A note means that the unit read abi3build's Python.h, which repairs the
        # macros.
        if not used or image.unit_notes:
            continue
        release = _recorded_release(audited, file)
        if release is None:
            yield from _dated(audited, file, image, used)
        elif _agrees(image, release):
            lost = [each for each in used if each.is_lost_with(release)]
            if lost:
                headers = f"headers of {'.'.join(map(str, release))}, which return"
                found = _finding(audited, file, image, headers, lost)
                yield found._replace(severity=Severity.WARNING, hint=_HINT)


def _recorded_release(
    audited: AuditedFiles, file: BinaryFile
) -> tuple[int, int, int] | None:
    """Return the release of the headers that abi3build recorded for a module.

    None if it built no such module, or read them through its own Python.h.
    """
    record = audited.wheel.build_record if audited.wheel is not None else None
    if record is None or file.path not in {each.file for each in record.modules}:
        return None
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", record.headers)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _agrees(image: Image, release: tuple[int, int, int]) -> bool:
    """Tell whether the module's definition can come from headers of a release.

    Code in another language contains its own definitions.
    """
    shown = oldest_headers(image)
    if shown is None:
        return not image.tables.modules or release < (3, 13, 0)
    return (shown.major, shown.minor) <= release[:2]


def _dated(
    audited: AuditedFiles, file: BinaryFile, image: Image, used: list[_Singleton]
) -> Iterator[Finding]:
    """Mention only 3.13: up to 3.12 definitions look alike, and 3.14.0 is rare."""
    if oldest_headers(image) == PythonVersion(3, 13):
        fixes = (fix for each in used for fix in each.fixed if fix[:2] == (3, 13))
        right = ".".join(map(str, max(fixes)))
        headers = f"headers of 3.13, which before {right} return"
        yield _finding(audited, file, image, headers, used)


def _finding(
    audited: AuditedFiles,
    file: BinaryFile,
    image: Image,
    headers: str,
    lost: list[_Singleton],
) -> Finding:
    floor = audited.promise.floor
    pythons = "3.11" if floor == PythonVersion(3, 11) else f"{floor} to 3.11"
    names = [each.name for each in lost]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return image_finding(
        "ABI408",
        file,
        image,
        severity=Severity.INFO,
        what="Py_RETURN_*",
        message=(
            f"compiled with {headers} {listed} without a new reference; on {pythons},"
            " each such call loses one, until Python aborts"
        ),
        settled_by=_FIRST_IMMORTAL,
    )
