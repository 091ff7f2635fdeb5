"""What the compatibility header offers, and how it differs from the full API.

The data beside this module, ``offered.txt``, is written by hand; the comment at its top
describes the format.  The header's own ``#define`` lines are generated from it.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LOWEST_FLOOR",
    "OfferedName",
    "all_offered_names",
    "offered_names",
    "parse_offered_names",
]

LOWEST_FLOOR = PythonVersion(3, 9)
"""The lowest floor for which the header can be used."""

_FIRST_WITHOUT_CASTS = PythonVersion(3, 11)
_SEPARATOR = " ; "
_OBJECT = re.compile(r"@(\w+)")
_CALLED = re.compile(r"\b_?Py\w+(?=\()")


class OfferedName(NamedTuple):
    """Tell what one name of the full API becomes under the limit."""

    name: str
    """A macro, a function, a type or a variable such as ``PyList_GET_SIZE``, or a
    header such as ``<string.h>``."""

    parameters: str | None
    """Its parameters as a macro has them; None if it has none."""

    expansion: str
    """What it becomes, in C; empty for a header."""

    by: str
    """What does the work, for people: functions of the Limited API or of Python."""

    limit: PythonVersion | None = None
    """Since when the Limited API has the name itself; None if it never has."""

    floor: PythonVersion = LOWEST_FLOOR
    """The lowest floor for which it is offered."""

    since: PythonVersion = LOWEST_FLOOR
    """The first Python whose headers have it."""

    until: PythonVersion | None = None
    """The last Python whose headers have it; None if the newest do."""

    is_backport: bool = False
    """Tell whether older headers have it too if a project has pythoncapi_compat.h."""

    is_early: bool = False
    """Tell whether older headers get it too, although they lack it."""

    redefines: bool = False
    """Tell whether some headers show a macro under the limit that is of no use."""

    is_cast: bool = False
    """Tell whether all that is added is the cast that the limit took away."""

    remark: str = ""
    """How it costs more, or fails differently, than in the full API; else empty."""

    area: str = ""
    """The part of the documentation that it belongs to."""

    @property
    def is_header(self) -> bool:
        """Tell whether this is a header that Python.h no longer includes."""
        return self.name.startswith("<")

    def is_offered(
        self,
        floor: PythonVersion,
        headers: PythonVersion | None = None,
        *,
        backports: bool = False,
    ) -> bool:
        """Tell whether the header offers the name at a floor, with some headers.

        Without headers: whether any headers make it so. ``backports`` says that the
        project has pythoncapi_compat.h.
        """
        if self.is_header:
            return floor >= LOWEST_FLOOR
        if floor < self.floor or (self.limit is not None and floor >= self.limit):
            return False
        if headers is None:
            return self.until is None or self.until >= floor
        known = (
            self.is_early or self.since <= headers or (backports and self.is_backport)
        )
        return known and (self.until is None or headers <= self.until)


@cache
def offered_names(
    floor: PythonVersion,
    headers: PythonVersion | None = None,
    *,
    backports: bool = False,
) -> Mapping[str, OfferedName]:
    """Return what the header offers at a floor, by name.

    With the version of headers only what these make it offer: a name that their full
    API does not have is not offered either, unless ``backports`` says that the project
    has pythoncapi_compat.h, which has it.
    """
    return {
        each.name: each
        for each in all_offered_names()
        if each.is_offered(floor, headers, backports=backports)
    }


@cache
def all_offered_names() -> tuple[OfferedName, ...]:
    """Return every name in the order of the table."""
    path = os.path.join(os.path.dirname(__file__), "offered.txt")  # noqa: PTH118, PTH120 - pathlib loads slowly
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - the same
        return parse_offered_names(file.read())


def parse_offered_names(text: str) -> tuple[OfferedName, ...]:
    """Read the text of ``offered.txt``; raise ``ValueError`` with a line it cannot."""
    found: list[OfferedName] = []
    area = ""
    for line in text.splitlines():
        if line.startswith("## "):
            area = line[3:]
        elif line.startswith("    "):
            found[-1] = found[-1]._replace(remark=line.strip())
        elif line and not line.startswith("#"):
            found.append(_parse(line)._replace(area=area))
    return tuple(found)


def _parse(line: str) -> OfferedName:
    head, *fields = line.split(_SEPARATOR)
    signature, _, expansion = head.partition(" = ")
    name, parenthesis, parameters = signature.partition("(")
    entry = OfferedName(
        name=name,
        parameters=parameters[:-1] if parenthesis else None,
        expansion=_OBJECT.sub(r"ABI3BUILD_OBJECT(\1)", expansion),
        by=", ".join(dict.fromkeys(_CALLED.findall(expansion))),
    )
    if not expansion and not entry.is_header:
        call = "(__VA_ARGS__)" if parenthesis else ""
        entry = entry._replace(expansion=f"abi3build_{name}{call}")
    for field in fields:
        entry = _with_field(entry, field, line)
    return entry


def _with_field(entry: OfferedName, text: str, line: str) -> OfferedName:
    word, _, value = text.partition(" ")
    flags: dict[str, OfferedName] = {
        "redefine": entry._replace(redefines=True),
        "early": entry._replace(is_early=True),
        "backport": entry._replace(is_backport=True),
        "cast": entry._replace(is_cast=True, floor=_FIRST_WITHOUT_CASTS, by="a cast"),
    }
    if text in flags:
        return flags[text]
    if word == "limit":
        return entry._replace(limit=PythonVersion.parse(value))
    if word == "floor":
        return entry._replace(floor=PythonVersion.parse(value))
    if word == "by":
        return entry._replace(by=value)
    if word == "headers":
        first, _, last = value.partition("-")
        until = PythonVersion.parse(last) if last else None
        return entry._replace(since=PythonVersion.parse(first), until=until)
    message = f"unknown field {text!r} in {line!r}"
    raise ValueError(message)
