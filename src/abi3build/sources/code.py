"""Blank out what is no code in a source, and keep every line where it is.

The forms are those of the standards of C and C++ (comments, strings, characters, raw
strings, digit separators) and, for Cython, of Python's grammar.
"""

from __future__ import annotations

import re

__all__ = ["c_code", "cython_code", "lines_with"]

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
    """Give C or C++ with blanks for comments, strings and characters."""
    return _C.sub(_blanked, text)


def cython_code(text: str) -> str:
    """Give Cython with blanks for comments and strings.

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
    """Give the numbers of the lines in which one of the names stands as a word."""
    return [
        number
        for number, line in enumerate(code.split("\n"), 1)
        if not names.isdisjoint(_WORD.findall(line))
    ]


def _blanked(match: re.Match[str]) -> str:
    found = match[0]
    return found if match["blank"] is None else _NOT_BLANK.sub(" ", found)
