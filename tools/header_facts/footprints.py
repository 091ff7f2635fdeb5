"""What a use of a name does outside of the unit, whatever its text looks like.

That is what it calls, the data and fields it reads or writes, and its numbers: two
texts with the same footprint differ in casts, in names of variables or in order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from header_facts.preprocessing import PreprocessedHeaders

__all__ = ["footprints"]

_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)+'|->|\+\+|--|[A-Za-z_]\w*|\d\w*|\S"
)
_INLINE = re.compile(
    r"static\s+(?:__inline__|inline|__inline)\b([^;{}]*?)\b(\w+)\s*\(([^{};]*)\)\s*\{"
)
_RECORD = re.compile(r"(typedef\s+)?\b(struct|union|enum)\s*(\w*)\s*\{")
_ALIAS = re.compile(r"^typedef\s+([^{};]*?\b(\w+))\s*;", re.MULTILINE)
_FUNCTION_TYPE = re.compile(
    r"^typedef\s+([^{};]*?\(\s*\*\s*(\w+)\s*\)[^;]*);", re.MULTILINE
)
_DECLARED = re.compile(r"\b(\w+)\s*(?:\((?=[^{}]*?\)\s*;)|(?:\[[^\]]*\]\s*)?;)")
_NOT_CALLED = frozenset(
    (
        "__alignof__",
        "__attribute__",
        "__extension__",
        "__typeof__",
        "_Alignof",
        "_Generic",
        "alignof",
        "defined",
        "do",
        "for",
        "if",
        "return",
        "sizeof",
        "switch",
        "typeof",
        "while",
    )
)
_PYTHONS = re.compile(r"_?Py[A-Z_]")
_SMALL = frozenset(("0", "1"))


class _Names(NamedTuple):
    """Hold what the words of one preprocessed text stand for."""

    inlines: dict[str, str]
    declared: frozenset[str]


def footprints(headers: PreprocessedHeaders) -> dict[str, str]:
    """Return a footprint for each public macro, inline function, record and type.

    A macro that hides an inline function of the same name stands for both.
    """
    code = headers.code
    types = dict(_types(code))
    declared = {name for name in _DECLARED.findall(code) if _PYTHONS.match(name)}
    names = _Names(_inline_functions(code), frozenset(declared - set(types)))
    found = {name: text for name, text in types.items() if not name.startswith("_")}
    for name in names.inlines:
        if not name.startswith("_"):
            found[name] = _written(_touched(names.inlines[name], names, {name}))
    for name, (parameters, text) in headers.expansions.items():
        value = _value(text)
        if value is None:
            inner = names._replace(declared=names.declared - set(parameters))
            value = _written(_touched(text, inner, set(), parameters))
        found[name] = value
    return found


def _inline_functions(code: str) -> dict[str, str]:
    return {
        found[2]: code[found.end() : _end_of_braces(code, found.end())]
        for found in _INLINE.finditer(code)
    }


def _types(code: str) -> Iterator[tuple[str, str]]:
    """Yield records by their tags and names, and other types by their names."""
    records: dict[str, str] = {}
    for found in _RECORD.finditer(code):
        end = _end_of_braces(code, found.end())
        behind = code[end : code.index(";", end)].split()
        if _depth(code, found.start()) == 0:
            text = f"{found[2]} {{ {_spaced(code[found.end() : end])}"
            for name in {found[3], behind[-1] if behind and found[1] else ""} - {""}:
                records[name] = text
    yield from records.items()
    for pattern in (_ALIAS, _FUNCTION_TYPE):
        for found in pattern.finditer(code):
            tag = re.fullmatch(r"(?:struct|union|enum)\s+(\w+)\s+\w+", found[1].strip())
            if tag and tag[1] in records:
                yield found[2], records[tag[1]]
            elif found[2] not in records:
                yield found[2], f"type {_spaced(found[1])}"


def _depth(code: str, end: int) -> int:
    before = code[:end].replace('extern "C" {', "")
    return before.count("{") - before.count("}")


def _end_of_braces(code: str, start: int) -> int:
    depth, at = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        at += 1
    return at


def _spaced(text: str) -> str:
    words = (word for word in _TOKEN.findall(text) if word not in {"const", "struct"})
    return " ".join(words).replace("_typeobject", "PyTypeObject").replace(", }", "}")


def _value(text: str) -> str | None:
    """Return what a macro without names comes to: a number, a text, an initializer."""
    plain = re.sub(r"\b(0[xX][\da-fA-F]+|\d+)[uUlL]*\b", r"\1", text)
    if re.fullmatch(r"[\s\d()xXa-fA-F<>|&~+*/-]+", plain) and re.search(r"\d", plain):
        try:
            return f"= {eval(plain, {'__builtins__': {}})}"  # noqa: S307 - only digits
        except (SyntaxError, TypeError, NameError):
            return None
    if text.startswith(("{", '"')):
        return f"= {_spaced(text)}"
    return None


def _touched(
    text: str, names: _Names, open_: set[str], parameters: tuple[str, ...] = ()
) -> set[str]:
    """Collect what a text touches, through the inline functions it calls."""
    touched: set[str] = set()
    tokens = _TOKEN.findall(text)
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""]):
        if before in {"->", "."} and token[0].isalpha():
            touched.add(f".{token}")
        elif token in {"++", "--"}:
            touched.add(token)
        elif token[0].isdigit():
            number = token.rstrip("uUlL")
            touched |= {number} - _SMALL
        elif not (token[0].isalpha() or token[0] == "_") or token in parameters:
            continue
        elif token in names.inlines and token not in open_:
            inner = names.inlines[token]
            touched |= _touched(inner, names, open_ | {token})
        elif after == "(" and token not in _NOT_CALLED | open_:
            touched.add(f"{token}()")
        elif token in names.declared and token not in open_:
            touched.add(token)
    return touched


def _written(touched: set[str]) -> str:
    return " ".join(sorted(touched)) or "nothing"
