"""Group a compiler's errors by the construct of the C API that they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.compat.offered_names import offered_names
from abi3build.evidence.compiled_units import is_own_file
from abi3build.setuptools_plugin.generators import is_cython_output, translated_place
from abi3build.sources.code import (
    c_code,
    lines_with,
    text_of_source,
    without_dropped_lines,
)
from abi3build.stable_abi.declarations import (
    find_declaration,
    is_declared_at,
    limited_since,
)
from abi3build.stable_abi.known_names import find_name
from abi3build.stable_abi.replacements import replacement, replacement_at, since

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.setuptools_plugin.diagnostics import Diagnostic
    from abi3build.versions import PythonVersion

__all__ = [
    "FailedConstruct",
    "compat_hints",
    "construct_hints",
    "construct_lines",
    "find_constructs",
]

_QUOTED = re.compile(r"['\"](?:struct |union |enum )?(\w+)")
_AFTER_ARROW = re.compile(r"(?:->|\.)\s*(\w+)")
_ARROW = re.compile(r"->\s*(\w+)")
_MEMBER = re.compile(r"no member named ['\"](\w+)")
_STATIC_TYPE = re.compile(r"\bPyTypeObject\s+(\w+)\s*(?:=|\{|;|,)")
_INCOMPLETE = re.compile(r"incomplete type|storage size of|undefined struct")
_IN_INITIALIZER = re.compile(r"^\s*(?:\d+ \| *)?(?:\.\w+\s*=|PyVarObject_HEAD_INIT)")
_STATIC = "static type"
_BUFFERS = {"Py_buffer", "PyObject_GetBuffer", "PyBuffer_Release"}
_TAGS = {
    "_frame": "PyFrameObject",
    "_is": "PyInterpreterState",
    "_ts": "PyThreadState",
    "_typeobject": "PyTypeObject",
}
"""The structures whose tag is not their name; Clang names the tag alone."""


@dataclass(frozen=True)
class FailedConstruct:
    """Describe one construct that the Limited API of the floor does not have."""

    name: str
    """A name of the C API, a field such as ``PyListObject.ob_item``, or ``static
    type``."""

    text: str
    """What the compiler says of its first place, or a few words of ours."""

    places: tuple[tuple[str, int], ...]
    """Files and lines, sorted."""


def find_constructs(
    diagnostics: Iterable[Diagnostic], floor: PythonVersion
) -> tuple[list[FailedConstruct], list[Diagnostic]]:
    """Return the constructs that a floor lacks, and the other errors.

    Compilers report a name once for each function or unit; the remaining places come
    from the sources.
    """
    texts: dict[tuple[str, str], str] = {}
    places: dict[tuple[str, str], set[tuple[str, int]]] = {}
    others: list[Diagnostic] = []
    for each in diagnostics:
        name, shown = _construct_of(each, floor)
        if not name:
            others.append(each)
            continue
        texts.setdefault((name, shown), shown or each.text)
        places.setdefault((name, shown), set()).add((each.file, each.line))
    return [
        FailedConstruct(
            name, text, tuple(sorted(_everywhere(name, floor, places[key])))
        )
        for key, text in texts.items()
        for name in key[:1]
    ], others


def _construct_of(each: Diagnostic, floor: PythonVersion) -> tuple[str, str]:
    """Return the name of a construct, or "" if there is none, and our own words."""
    static = _STATIC_TYPE.search(each.code)
    names = [_TAGS.get(name, name) for name in _QUOTED.findall(each.text)]
    if static and _INCOMPLETE.search(each.text):
        said = f"{static[1]} is a static type, and the Limited API hides its layout"
        return _STATIC, said
    if each.inside or _IN_INITIALIZER.search(each.code):
        return "", ""
    fields = _MEMBER.findall(each.text) or _pointed_fields(each)
    for name in names:
        for field in fields:
            member = f"{name}.{field}"
            # An entry for a whole structure would answer for any field.
            if _is_known_exactly(member):
                return member, "" if _is_hidden(name, floor) else _hidden(member)
    for name in names:
        if _is_known(name) and not is_declared_at(name, floor):
            return name, ""
    if fields and names and _hides_fields(names[0]):
        member = f"{names[0]}.{fields[0]}"
        return member, _hidden(member)
    return "", ""


def _hidden(member: str) -> str:
    return f"{member} is a field that the Limited API hides"


def _pointed_fields(each: Diagnostic) -> list[str]:
    """Return the field that the error points at, or else all that its line reads."""
    pointed = _AFTER_ARROW.match(each.pointed) if each.column else None
    return [pointed[1]] if pointed else _ARROW.findall(each.code)


def _is_known(name: str) -> bool:
    if find_declaration(name) is None and find_name(name) is None:
        return _is_known_exactly(name)
    return True


def _is_hidden(name: str, floor: PythonVersion) -> bool:
    return _is_known(name) and not is_declared_at(name, floor)


def _hides_fields(structure: str) -> bool:
    declaration = find_declaration(structure)
    return declaration is not None and declaration.layout[:1] == ("opaque",)


def _is_known_exactly(name: str) -> bool:
    known = replacement(name)
    return known is not None and known.name == name


def _everywhere(
    name: str, floor: PythonVersion, places: set[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Add the lines of the same files that use a name but are not reported."""
    if not name.isidentifier():
        return places
    found = set(places)
    for file in {file for file, _ in places}:
        if not is_own_file(file) or is_cython_output(file):
            continue
        code = without_dropped_lines(c_code(text_of_source(file)), floor)
        found |= {(file, line) for line in lines_with(code, frozenset({name}))}
    return found


def construct_lines(constructs: Iterable[FailedConstruct]) -> list[str]:
    """Return a line for each construct and file, such as ``core.c:3, 7: ...``.

    For files that Cython generated, these are the lines of the .pyx file, or else the
    first line.
    """
    lines = []
    for construct in constructs:
        by_file: dict[str, list[int]] = {}
        for file, line in construct.places:
            place = translated_place(file, line) or (file, line)
            by_file.setdefault(place[0], []).append(place[1])
        written = [file for file in by_file if not is_cython_output(file)]
        for file in written or list(by_file)[:1]:
            numbers = sorted(set(by_file[file]))
            if file in written:
                lines.append(f"{file}:{', '.join(map(str, numbers))}: {construct.text}")
            else:
                text = f"{construct.text}, in code that Cython generates"
                lines.append(f"{file}:{numbers[0]}: {text}")
    return lines


def construct_hints(
    constructs: Sequence[FailedConstruct], floor: PythonVersion, builder: PythonVersion
) -> list[str]:
    """Return the floors that settle constructs, and what to use instead.

    ``builder`` is the version of the Python that builds.
    """
    names = list(dict.fromkeys(each.name for each in constructs))
    settled: dict[PythonVersion, list[str]] = {}
    for name in names:
        settling = limited_since(name)
        if settling is not None and settling > floor:
            settled.setdefault(settling, []).append(name)
    hints = []
    for settling, settles in sorted(settled.items()):
        memoryviews = any(
            each.name in _BUFFERS and each.name in settles and _is_generated(each)
            for each in constructs
        )
        which = ", which typed memoryviews need" if memoryviews else ""
        with_it = f", if Python {settling} or later runs the build"
        hints.append(
            f'hint: min-python = "{settling}" settles {", ".join(settles)}{which}'
            f"{with_it if settling > builder else ''}"
        )
    written = [each.name for each in constructs if not _is_generated(each)]
    for name in dict.fromkeys(written):
        known = replacement_at(name, floor)
        if known is None or (not known.instead and not known.note):
            continue
        instead = f"use {known.instead}"
        if known.functions:
            instead += f" (stable since {since(known)})"
        said = ": ".join(filter(None, [known.instead and instead, known.note]))
        what = "a static type" if name == _STATIC else name
        hints.append(f"hint: for {what} {said}" if known.instead else f"hint: {said}")
    return hints


def compat_hints(
    constructs: Sequence[FailedConstruct],
    floor: PythonVersion,
    builder: PythonVersion,
    command: Sequence[str],
) -> list[str]:
    """Return a hint about the compatibility header if it offers every construct.

    ``command`` is the one that failed: it may include the header already, and
    Microsoft's compiler cannot read it.
    """
    if "-DABI3BUILD_COMPAT" in command or "/c" in command:
        return []
    names = dict.fromkeys(each.name for each in constructs)
    if not names or names.keys() - offered_names(floor, builder).keys():
        return []
    settled = ", ".join(names)
    return [f"hint: compat = true settles {settled} without changes to the sources"]


def _is_generated(construct: FailedConstruct) -> bool:
    """Tell whether a construct is only in code that Cython adds itself."""
    return all(
        is_cython_output(file) and translated_place(file, line) is None
        for file, line in construct.places
    )
