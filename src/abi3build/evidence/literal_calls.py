"""Find calls in a unit's own sources whose arguments, as written, some Pythons refuse.

Only what stands in the text itself counts: a variable may hold anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.sources.code import c_code, text_of_source, without_dropped_lines
from abi3build.stable_abi.behavior import ChangeKind, changes_of
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.stable_abi.behavior import BehaviorChange

__all__ = ["LiteralCall", "calls_refused_somewhere"]


class LiteralCall(NamedTuple):
    """Describe one call that fails on some Pythons between the floor and the newest."""

    change: BehaviorChange
    argument: str
    """What is given, as it stands in the source."""

    place: str
    """Such as ``src/core.c:41``."""

    instead: str
    """What to do at any floor; empty if a higher one is the way out."""


class _Pattern(NamedTuple):
    version: PythonVersion
    kind: ChangeKind
    call: re.Pattern[str]
    instead: str = ""


_CAST = r"(?:\(\s*(?:struct\s+)?\w+\s*\*\s*\)\s*)?"
_FAR = 600
"""How many characters of a call are looked at before the whole file is."""

_PARENTHESIS = re.compile("[()]")

_PATTERNS = {
    "PyType_GetSlot": _Pattern(
        PythonVersion(3, 10),
        ChangeKind.ACCEPTS,
        re.compile(rf"\bPyType_GetSlot\s*\(\s*{_CAST}(?P<argument>&\s*Py\w+_Type)\b"),
    ),
    "PyType_FromSpecWithBases": _Pattern(
        PythonVersion(3, 10),
        ChangeKind.ACCEPTS,
        re.compile(
            r"\bPyType_FromSpecWithBases\s*\([^,;]*,"
            rf"\s*{_CAST}(?P<argument>&\s*Py\w+_Type)\s*\)"
        ),
    ),
    "PyType_FromModuleAndSpec": _Pattern(
        PythonVersion(3, 10),
        ChangeKind.ACCEPTS,
        re.compile(
            r"\bPyType_FromModuleAndSpec\s*\([^,;]*,[^,;]*,"
            rf"\s*{_CAST}(?P<argument>&\s*Py\w+_Type)\s*\)"
        ),
    ),
    "PyUnicode_FromStringAndSize": _Pattern(
        PythonVersion(3, 12),
        ChangeKind.REFUSES,
        # With a size of 0 it is an empty text on every version.
        re.compile(
            r"\bPyUnicode_FromStringAndSize\s*\(\s*(?P<argument>NULL|nullptr)\s*,"
            r"(?!\s*0\s*\))"
        ),
        "fill your own buffer and call PyUnicode_FromStringAndSize with it",
    ),
}
"""The functions whose refused arguments are plain in the text.

Each is a change of ``behavior.txt``; tests/integration/test_changed_behavior.py makes
both calls.
"""


def calls_refused_somewhere(
    units: Iterable[TranslationUnit], floor: PythonVersion
) -> tuple[LiteralCall, ...]:
    """Find the calls in the units' own files that fail on a Python from the floor up.

    Lines that the floor's limit drops do not count.  Sorted by place.
    """
    sought = {name: each for name, each in _PATTERNS.items() if _concerns(each, floor)}
    files = sorted({file for unit in units for file in unit.own_files})
    return tuple(call for file in files for call in _calls(file, sought, floor))


def _concerns(pattern: _Pattern, floor: PythonVersion) -> bool:
    return pattern.kind is ChangeKind.REFUSES or floor < pattern.version


def _calls(
    file: str, sought: dict[str, _Pattern], floor: PythonVersion
) -> Iterator[LiteralCall]:
    text = text_of_source(file)
    named = [name for name, each in sought.items() if _may_call(text, name, each.call)]
    if not named:
        return
    code = without_dropped_lines(c_code(text), floor)
    for name in named:
        for match in sought[name].call.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            change = _change(name, sought[name])
            place = f"{file}:{line}"
            yield LiteralCall(change, match["argument"], place, sought[name].instead)


def _may_call(text: str, name: str, call: re.Pattern[str]) -> bool:
    """Tell whether a text contains such a call, in code or in what looks like it.

    Cython generates megabytes of code with calls of these functions, none of which is
    refused, and to find out what is code in that takes a second.  Each call is
    therefore looked at by itself.
    """
    # A boundary before the name would make the search twenty times slower.
    for match in re.finditer(rf"{name}\b", text):
        start = match.start()
        near = c_code(text[start : start + _FAR])
        if call.match(near) or not _is_whole(near[len(name) :]):
            return True
    return False


def _is_whole(arguments: str) -> bool:
    """Tell whether code that follows a function's name has all of its call."""
    if not arguments.lstrip().startswith("("):
        return bool(arguments.strip())
    depth = 0
    for match in _PARENTHESIS.finditer(arguments):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return True
    return False


def _change(name: str, pattern: _Pattern) -> BehaviorChange:
    wanted = pattern.version, pattern.kind
    return next(
        each for each in changes_of(name) if (each.version, each.kind) == wanted
    )
