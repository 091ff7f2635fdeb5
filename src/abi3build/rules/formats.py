"""Rule ABI403: whether sizes behind ``#`` in formats are what old Pythons take."""

from __future__ import annotations

import re

from abi3build.binaries.tables.formats import BUILDERS, PARSERS, is_format_of
from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.headers import are_late, oldest_headers
from abi3build.rules.spans import described
from abi3build.rules.subject import architecture_of
from abi3build.stable_abi.table_entries import table_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import Image
    from abi3build.rules.subject import Subject

__all__ = ["size_t_hazard"]

_UNMISTAKABLE = (
    r"(?:(?:[szyuUZ]|e[st])#)+|.*#.*[#|$*!&()\[\]{}:;].*|.*[|$*!&()\[\]{}].*#.*"
)
"""No word of a language looks so; ``bus#`` could be one."""

_HINT = (
    "define PY_SSIZE_T_CLEAN before Python.h and compile with headers of 3.12 or older,"
    ' or build with abi3build, which repairs the call; min-python = "3.13" settles it'
    " too"
)


def size_t_hazard(subject: Subject) -> Iterator[Finding]:
    """Find formats with sizes in calls that mean another size before 3.13 (ABI403).

    Headers up to 3.12 lead a source that defines ``PY_SSIZE_T_CLEAN`` to functions
    that end in ``_SizeT``; those of 3.13 and later do not.
    """
    entry = table_entries()["size-format", "#"]
    behaviors = entry.behaviors_from(subject.promise.floor)
    if not behaviors:
        return
    for file, image in subject.images():
        functions = {each.symbol for each in subject.cpython_imports(image)}
        functions &= PARSERS | BUILDERS
        for text in image.formats:
            takers = sorted(each for each in functions if is_format_of(text, {each}))
            if takers:
                what = f"for {' or '.join(takers)}{_compiled(image)}"
                yield Finding(
                    code="ABI403",
                    severity=_severity(image, text),
                    file=file.path,
                    subject=f'"{text}"',
                    message=f"{what}; {described(behaviors)}",
                    hint=_HINT,
                    architecture=architecture_of(file, image),
                    settled_by=entry.since,
                )


def _severity(image: Image, text: str) -> Severity:
    is_certain = are_late(oldest_headers(image)) and re.fullmatch(_UNMISTAKABLE, text)
    return Severity.ERROR if is_certain else Severity.WARNING


def _compiled(image: Image) -> str:
    headers = oldest_headers(image)
    return f", compiled with headers of {headers} or later" if are_late(headers) else ""
