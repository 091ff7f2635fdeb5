"""Evaluate the conditions of ``#if`` as a compiler would, as far as a text can tell.

None stands for what cannot be known without the system's headers; then both branches
count.  The grammar is that of C's preprocessor (C17 6.10.1).
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Macro", "judge"]

_Value = Optional[int]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\w.]*)|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>&&|\|\||<<|>>|[<>=!]=|[-+*/%&|^~!<>?:(),]))"
)
_DEFINED = re.compile(r"\s*defined\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|\b([A-Za-z_]\w*))\s*")
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)[uUlLzZ]*")
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_LEVEL_OF = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_DEEPEST = 24
"""How far macros are followed into macros; cyclic ones end here."""


@dataclass(frozen=True)
class Macro:
    """Describe what is known of a macro."""

    body: str | None
    """What it stands for; None if only its presence is known."""

    parameters: tuple[str, ...] | None = None
    """None for one without parentheses."""

    is_certain: bool = True
    """Tell whether its definition was reached for sure."""


def judge(condition: str, macros: Mapping[str, Macro | None]) -> bool | None:
    """Return whether a condition holds; None if the text alone cannot tell.

    ``macros`` has None for a name that is known to be undefined; an unknown name is
    one that it lacks.
    """
    alone = _DEFINED.fullmatch(condition)
    if alone is not None:
        # Most conditions: the levels of operators have nothing to look for.
        return _is_defined(alone[1] or alone[2], macros)
    value = _Condition(condition, macros, 0).value()
    return None if value is None else value != 0


def _is_defined(name: str, macros: Mapping[str, Macro | None]) -> bool | None:
    if name not in macros:
        return None
    macro = macros[name]
    if macro is None:
        return False
    return True if macro.is_certain else None


class _Condition:
    """Evaluate one condition from left to right."""

    def __init__(
        self, text: str, macros: Mapping[str, Macro | None], depth: int
    ) -> None:
        self.macros = macros
        self.depth = depth
        self.words = _words(text)
        self.position = 0

    def value(self) -> _Value:
        value = self._choice()
        return value if self.position == len(self.words) else None

    def _peek(self) -> str:
        words = self.words
        return words[self.position] if self.position < len(words) else ""

    def _next(self) -> str:
        word = self._peek()
        self.position += 1
        return word

    def _choice(self) -> _Value:
        condition = self._binary(0)
        if self._peek() != "?":
            return condition
        self._next()
        first = self._choice()
        if self._next() != ":":
            return None
        second = self._choice()
        return None if condition is None else first if condition else second

    def _binary(self, lowest: int) -> _Value:
        """Read operands as long as the operators between them bind that tightly."""
        left = self._unary()
        while (level := _LEVEL_OF.get(self._peek(), -1)) >= lowest:
            sign = self._next()
            left = _combined(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> _Value:
        word = self._next()
        if word in {"!", "-", "+", "~"}:
            value = self._unary()
            if value is None:
                return None
            return {"!": int(not value), "-": -value, "+": value, "~": ~value}[word]
        if word == "(":
            value = self._choice()
            self._next()
            return value
        if word[:1].isdigit():
            return _number(word)
        if word == "defined":
            return self._defined()
        return self._name(word)

    def _defined(self) -> _Value:
        word = self._next()
        if word == "(":
            word = self._next()
            self._next()
        found = _is_defined(word, self.macros)
        return None if found is None else int(found)

    def _name(self, name: str) -> _Value:
        macro = self.macros.get(name)
        if macro is None:
            self._skip_call()
            return 0 if name in self.macros else None
        arguments = self._call() if self._peek() == "(" and macro.parameters else None
        # The depth ends macros that expand to themselves, which C leaves unexpanded.
        if macro.body is None or not macro.is_certain or self.depth > _DEEPEST:
            return None
        body = macro.body
        if macro.parameters:
            if arguments is None or len(arguments) != len(macro.parameters):
                return None
            given = dict(zip(macro.parameters, arguments))
            body = re.sub(
                r"[A-Za-z_]\w*", lambda word: given.get(word[0], word[0]), body
            )
        return _Condition(body, self.macros, self.depth + 1).value()

    def _skip_call(self) -> None:
        if self._peek() == "(":
            self._call()

    def _call(self) -> list[str]:
        """Read the arguments of a macro, each as text."""
        self._next()
        arguments: list[list[str]] = [[]]
        depth = 1
        while self._peek():
            word = self._next()
            depth += (word == "(") - (word == ")")
            if not depth:
                break
            if word == "," and depth == 1:
                arguments.append([])
            else:
                arguments[-1].append(word)
        return [" ".join(each) for each in arguments]


@cache
def _words(text: str) -> tuple[str, ...]:
    """Return the words of a condition; one that no condition has if it is none."""
    words: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return ("@",)
        words.append(match[0].strip())
        position = match.end()
    return tuple(words)


def _number(word: str) -> _Value:
    match = _NUMBER.fullmatch(word)
    if match is None:
        return None
    digits = match[1]
    # int() with base 0 rejects C's octal numbers, such as 010.
    is_octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    try:
        return int(digits, 8 if is_octal else 0)
    except ValueError:
        return None


def _combined(  # noqa: PLR0911 - one return a rule
    sign: str, left: _Value, right: _Value
) -> _Value:
    # One known operand may decide, even if the other is unknown.
    if sign == "&&":
        if left == 0 or right == 0:
            return 0
        return None if left is None or right is None else 1
    if sign == "||":
        if left or right:
            return 1
        return None if left is None or right is None else 0
    if left is None or right is None or (sign in {"/", "%"} and not right):
        return None
    if sign in {"<<", ">>"} and not 0 <= right < 64:  # noqa: PLR2004 - bits of C
        return None
    operations: dict[str, Callable[[int, int], int]] = {
        "|": operator.or_,
        "^": operator.xor,
        "&": operator.and_,
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "<<": operator.lshift,
        ">>": operator.rshift,
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _divided,
        "%": lambda one, other: one - other * _divided(one, other),
    }
    return int(operations[sign](left, right))


def _divided(one: int, other: int) -> int:
    """Divide as C does: toward zero."""
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient
