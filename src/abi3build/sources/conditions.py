"""Blank out the lines that the preprocessor drops under the limit.

Only what is certain is dropped: a condition about anything but Python's version, the
limit and other Pythons leaves both of its branches.
"""

from __future__ import annotations

import re
from typing import Optional

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.versions import PythonVersion

__all__ = ["without_dropped_lines"]

_Truth = Optional[bool]

_DIRECTIVE = re.compile(
    r"[ \t]*#[ \t]*(?P<what>if|ifdef|ifndef|elif|else|endif)\b(?P<rest>.*)"
)
_TOKEN = re.compile(r"\s*(&&|\|\||[<>=!]=|[<>!()]|\w+)")
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_NEVER_DEFINED = {"PYPY_VERSION", "GRAALVM_PYTHON", "Py_BUILD_CORE", "Py_GIL_DISABLED"}
_LEAST_HEX = 0xFFFF
"""Below are the values of the limit that mean no version, such as 3."""

_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*")


def without_dropped_lines(code: str, floor: PythonVersion) -> str:
    """Give code, free of comments, with blanks for what the limit's build drops."""
    lines = code.split("\n")
    # For each open #if: what its branches so far were, and what this one is.
    open_ifs: list[tuple[_Truth, _Truth]] = []
    for number, line in enumerate(lines):
        match = _DIRECTIVE.match(line)
        if match is None:
            if any(branch is False for _, branch in open_ifs):
                lines[number] = ""
        else:
            _follow(open_ifs, match["what"], match["rest"], floor)
    return "\n".join(lines)


def _follow(
    open_ifs: list[tuple[_Truth, _Truth]], what: str, rest: str, floor: PythonVersion
) -> None:
    if what in {"if", "ifdef", "ifndef"}:
        prefix = {"if": "", "ifdef": "defined ", "ifndef": "! defined "}[what]
        truth = _Condition(prefix + rest, floor).truth()
        open_ifs.append((truth, truth))
    elif open_ifs and what == "endif":
        open_ifs.pop()
    elif open_ifs:
        before, _ = open_ifs.pop()
        condition = True if what == "else" else _Condition(rest, floor).truth()
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

    def __init__(self, text: str, floor: PythonVersion) -> None:
        self.words = _TOKEN.findall(text)
        # Anything else, arithmetic for one, makes the whole unknown.
        self.is_plain = not _TOKEN.sub("", text).strip()
        self.floor = int(floor.hex, 16)

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
