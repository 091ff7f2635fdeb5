"""Blank out what is not code in a source, or is excluded by its conditions.

Every line stays in its place.  The syntax is that of the C and C++ standards.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    import os

    from abi3build.versions import PythonVersion

__all__ = [
    "c_code",
    "cython_code",
    "lines_with",
    "text_of_source",
    "without_dropped_lines",
]


_Truth = Optional[bool]
_Target = tuple["PythonVersion", Optional["PythonVersion"]]
"""The floor, and the headers if they are known."""

_DIRECTIVE = re.compile(
    r"[ \t]*#[ \t]*(?P<what>if|ifdef|ifndef|elif|else|endif)\b(?P<rest>.*)"
)
_TOKEN = re.compile(r"\s*(&&|\|\||[<>=!]=|[<>!()]|\w+)")
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_NEVER_DEFINED = {"PYPY_VERSION", "GRAALVM_PYTHON", "Py_BUILD_CORE", "Py_GIL_DISABLED"}
_LEAST_HEX = 0xFFFF
"""Below are the values of the limit that mean no version, such as 3."""

_FINAL = 0xF0
"""The end of ``PY_VERSION_HEX`` of a final release."""

_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*")


def text_of_source(file: str | os.PathLike[str]) -> str:
    """Return what a file says; nothing if it cannot be read.

    Bytes that are no UTF-8 are replaced: compilers let them stand in comments.
    """
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def without_dropped_lines(
    code: str,
    floor: PythonVersion,
    headers: PythonVersion | None = None,
    *,
    keeps_doubtful: bool = True,
) -> str:
    """Return code without comments, with blanks for what the limit excludes.

    If no headers are given, they are any that can build for the floor.  Code below a
    condition that the text alone cannot decide is kept by default.
    """
    dropped = {False} if keeps_doubtful else {False, None}
    lines = code.split("\n")
    # For each open #if: what its branches so far were, and what this one is.
    open_ifs: list[tuple[_Truth, _Truth]] = []
    for number, line in enumerate(lines):
        match = _DIRECTIVE.match(line)
        if match is None:
            if any(branch in dropped for _, branch in open_ifs):
                lines[number] = ""
        else:
            _follow(open_ifs, match["what"], match["rest"], (floor, headers))
    return "\n".join(lines)


def _follow(
    open_ifs: list[tuple[_Truth, _Truth]], what: str, rest: str, target: _Target
) -> None:
    if what in {"if", "ifdef", "ifndef"}:
        prefix = {"if": "", "ifdef": "defined ", "ifndef": "! defined "}[what]
        truth = _Condition(prefix + rest, target).truth()
        open_ifs.append((truth, truth))
    elif open_ifs and what == "endif":
        open_ifs.pop()
    elif open_ifs:
        before, _ = open_ifs.pop()
        condition = True if what == "else" else _Condition(rest, target).truth()
        open_ifs.append((_either(before, condition), _both(_not(before), condition)))


def _not(truth: _Truth) -> _Truth:
    return None if truth is None else not truth


def _either(one: _Truth, other: _Truth) -> _Truth:
    return _not(_both(_not(one), _not(other)))


def _both(one: _Truth, other: _Truth) -> _Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


class _Condition:
    """Judge one condition; None stands for what a text alone cannot tell."""

    def __init__(self, text: str, target: _Target) -> None:
        self.words = _TOKEN.findall(text)
        # Anything else, arithmetic for one, makes the whole unknown.
        self.is_plain = not _TOKEN.sub("", text).strip()
        floor, headers = target
        self.floor = int(floor.hex, 16)
        self.headers = int(headers.hex, 16) | _FINAL if headers is not None else None

    def truth(self) -> _Truth:
        truth = self._alternatives()
        return None if self.words or not self.is_plain else truth

    def _next(self) -> str:
        return self.words.pop(0) if self.words else ""

    def _alternatives(self) -> _Truth:
        truth = self._conjunction()
        while self.words[:1] == ["||"]:
            self._next()
            truth = _either(truth, self._conjunction())
        return truth

    def _conjunction(self) -> _Truth:
        truth = self._term()
        while self.words[:1] == ["&&"]:
            self._next()
            truth = _both(truth, self._term())
        return truth

    def _term(self) -> _Truth:
        word = self._next()
        if word == "!":
            return _not(self._term())
        if word == "(":
            truth = self._alternatives()
            self._next()
            return truth
        if word == "defined":
            return self._defined()
        if self.words[:1] and self.words[0] in _COMPARISONS:
            return self._compared(word, self._next(), self._next())
        number = _NUMBER.fullmatch(word)
        if number is not None:
            return int(number[1], 0) != 0 if _is_written(number[1]) else None
        return True if word == "Py_LIMITED_API" else self._known(word)

    def _defined(self) -> _Truth:
        word = self._next()
        if word == "(":
            word = self._next()
            self._next()
        return True if word == "Py_LIMITED_API" else self._known(word)

    @staticmethod
    def _known(name: str) -> _Truth:
        return False if name in _NEVER_DEFINED else None

    def _compared(self, name: str, how: str, other: str) -> _Truth:
        number = _NUMBER.fullmatch(other)
        if number is None or not _is_written(number[1]):
            return None
        value = int(number[1], 0)
        if name == "PY_MAJOR_VERSION":
            return _compare(3, how, value)
        if name == "Py_LIMITED_API":
            return _compare(self.floor, how, value) if value > _LEAST_HEX else None
        if name == "PY_VERSION_HEX" and self.headers is not None:
            return _compare(self.headers, how, value)
        if name == "PY_VERSION_HEX" and value <= self.floor:
            # The headers are at least the floor's.
            return {"<": False, ">=": True}.get(how)
        return None


def _is_written(number: str) -> bool:
    """Tell whether Python reads a number as C does; C's octal ones it refuses."""
    return number == "0" or not re.fullmatch("0[0-9]+", number)


def _compare(value: int, how: str, other: int) -> bool:
    return {
        "<": value < other,
        "<=": value <= other,
        ">": value > other,
        ">=": value >= other,
        "==": value == other,
        "!=": value != other,
    }[how]


_C = re.compile(
    r"""
      \b[0-9](?:'?[\w.])*                               # 1'000 holds no character
    | (?P<blank>
          //(?:\\\r?\n|[^\n])*
        | /\*.*?(?:\*/|\Z)
        | \b(?:u8|[uUL])?R"(?P<end>[^\s()\\]{0,16})\(.*?(?:\)(?P=end)"|\Z)
        | "(?:\\.|[^"\\\n])*"?
        | '(?:\\.|[^'\\\n])*'?
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_CYTHON = re.compile(
    r'''
      (?P<blank>
          \#[^\n]*
        | """(?:\\.|[^\\])*?(?:"""|\Z)
        | \'\'\'(?:\\.|[^\\])*?(?:\'\'\'|\Z)
        | "(?:\\.|[^"\\\n])*"?
        | '(?:\\.|[^'\\\n])*'?
      )
    ''',
    re.VERBOSE | re.DOTALL,
)
_VERBATIM = re.compile(r"cdef\s+extern\s+from\s[^\n]*:\s*\Z")
_FAR = 400
"""How long the head of a block of verbatim C is at most, in characters."""

_NOT_BLANK = re.compile(r"[^\r\n]")
_WORD = re.compile(r"\b[A-Za-z_]\w*")


def c_code(text: str) -> str:
    """Return C or C++ with blanks for comments, strings and characters."""
    return _C.sub(_blanked, text)


def cython_code(text: str) -> str:
    """Return Cython with blanks for comments and strings.

    C that stands verbatim in a string after ``cdef extern from`` is code:
    https://cython.readthedocs.io/en/latest/src/userguide/external_C_code.html
    """

    def blanked(match: re.Match[str]) -> str:
        found = match[0]
        start = match.start()
        is_block = found.startswith(('"""', "'''"))
        if is_block and _VERBATIM.search(text, max(0, start - _FAR), start):
            return f"   {c_code(found[3:-3])}   "
        return _blanked(match)

    return _CYTHON.sub(blanked, text)


def lines_with(code: str, names: frozenset[str]) -> list[int]:
    """Return the numbers of the lines that contain one of the names as a word."""
    return [
        number
        for number, line in enumerate(code.split("\n"), 1)
        if not names.isdisjoint(_WORD.findall(line))
    ]


def _blanked(match: re.Match[str]) -> str:
    found = match[0]
    return found if match["blank"] is None else _NOT_BLANK.sub(" ", found)
