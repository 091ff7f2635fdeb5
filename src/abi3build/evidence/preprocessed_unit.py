"""What a preprocessed unit shows of the limit: which lines of Python's headers it read.

The input is what ``-E -dD`` prints: text, definitions of macros, and markers of files
and lines.  https://gcc.gnu.org/onlinedocs/cpp/Preprocessor-Output.html

``#pragma push_macro`` and ``pop_macro`` leave no trace in it, so lines decide that only
the full API reads, not the value of the macro; that is checked at the start of
``Python.h``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.evidence.limit_changes import defined_structure
from abi3build.evidence.limited_headers import (
    full_api_lines,
    header_of_python,
    is_shipped_header,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Breach", "PreprocessedUnit", "WantedLimit", "read_preprocessed"]

_MARKER = re.compile(
    r'#(?:line)? (?P<line>\d+) "(?P<file>(?:[^"\\]|\\.)*)"(?P<flags>[ \d]*)'
)
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_ENTERS, _LEAVES = "1", "2"
_MACRO = re.compile(
    r"#(?P<how>define|undef) (?P<name>Py_LIMITED_API|Py_TARGET_ABI3T)\b"
    r"[ \t]*(?P<value>.*)"
)
_NUMBER = re.compile(r"\(*\s*(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\s*\)*")
_PYTHON_H = "Python.h"
_MINOR = 0xFFFF0000
_FIRST = 0x03020000
"""What ``Py_LIMITED_API`` means that has no value, or 3."""


class WantedLimit(NamedTuple):
    """Say which macro a unit must have, and its highest value."""

    macro: str
    floor: int
    """As the macro has it, such as 0x03090000."""


class Breach(NamedTuple):
    """Say where a unit bypassed the limit."""

    header: str
    """The header of Python's that was read beyond it, such as ``cpython/code.h``."""

    place: str
    """The line that included it, such as ``core.c:3``."""

    value: str = ""
    """The value of the macro if it is too high; empty if it was undefined."""


class PreprocessedUnit(NamedTuple):
    """Describe what one unit read, and where it bypassed the limit."""

    files: tuple[str, ...]
    """In the order of their first reading."""

    breaches: tuple[Breach, ...]
    structure: str = ""
    """Which of CPython's structures it defines, and where; empty if it defines none."""


def read_preprocessed(lines: Iterable[str], wanted: WantedLimit) -> PreprocessedUnit:
    """Find each header of Python's of which a unit read what only the full API has."""
    reader = _Reader(wanted)
    for line in lines:
        reader.take(line.rstrip("\n"))
    breaches = tuple(sorted(reader.breaches))
    return PreprocessedUnit(tuple(reader.files), breaches, reader.structure())


class _Reader:
    """Follow the markers of one preprocessed unit."""

    def __init__(self, wanted: WantedLimit) -> None:
        self.files: dict[str, None] = {}
        self.breaches: set[Breach] = set()
        self._wanted = wanted
        self._values: dict[str, str] = {}
        self._includers: list[tuple[str, int]] = []
        self._file, self._line = "", 0
        self._header: tuple[str, str] | None = None
        self._full: frozenset[int] | None = frozenset()
        self._texts: dict[str, list[str]] = {}

    def take(self, line: str) -> None:
        """Read one line of the preprocessed unit: a place, a macro, or code."""
        if line.startswith("#"):
            marker = _MARKER.match(line)
            if marker is not None:
                file = _unescaped(marker["file"])
                self._move(file, int(marker["line"]), marker["flags"])
                return
            self._define(line)
        elif self._header is None and line:
            self._texts.setdefault(self._file, []).append(line)
        if self._header is not None and self._is_full() and line.strip():
            self._add_breach()
        self._line += 1

    def structure(self) -> str:
        """Return what the code outside Python's headers defines of CPython's own."""
        for file, lines in self._texts.items():
            text = "\n".join(lines).encode("utf-8", "surrogateescape")
            found = defined_structure(text)
            if found:
                return f"defines CPython's {found} itself in {file}"
        return ""

    def _is_full(self) -> bool:
        return self._full is None or self._line in self._full

    def _define(self, line: str) -> None:
        change = _MACRO.match(line)
        if change is not None:
            self._values.pop(change["name"], None)
            if change["how"] == "define":
                self._values[change["name"]] = change["value"].strip()

    def _move(self, file: str, line: int, flags: str) -> None:
        if _ENTERS in flags.split():
            self._includers.append((self._file, self._line))
        elif _LEAVES in flags.split() and self._includers:
            self._includers.pop()
        enters = _ENTERS in flags.split()
        if file != self._file:
            self._header = None if file.startswith("<") else header_of_python(file)
            self._full = (
                frozenset() if self._header is None else full_api_lines(*self._header)
            )
            # With -g, the folder of the compile is named as well.
            if not file.startswith("<") and not file.endswith("//"):
                self.files.setdefault(file)
        self._file, self._line = file, line
        if enters and self._header is not None and self._header[1] == _PYTHON_H:
            self._look_at_value()

    def _look_at_value(self) -> None:
        value = self._values.get(self._wanted.macro)
        if value is None:
            self._add_breach()
        elif _number(value) > self._wanted.floor:
            self.breaches.add(Breach(_PYTHON_H, self._place(), value or "no value"))

    def _add_breach(self) -> None:
        name = self._header[1] if self._header is not None else ""
        self.breaches.add(Breach(name, self._place()))

    def _place(self) -> str:
        """Return the line outside Python's headers that led to the current one."""
        for file, line in reversed(self._includers):
            if header_of_python(file) is None and not is_shipped_header(file):
                return f"{file}:{line}"
        return ""


def _unescaped(name: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code, 8)) if len(code) > 1 else code.replace("n", "\n")

    return _ESCAPE.sub(plain, name)


def _number(value: str) -> int:
    """Read the value of the macro; what is not a plain number is above every floor."""
    if not value:
        return _FIRST
    match = _NUMBER.fullmatch(value)
    if match is None:
        return _MINOR
    number = int(match[1], 0) & _MINOR
    return number or _FIRST
