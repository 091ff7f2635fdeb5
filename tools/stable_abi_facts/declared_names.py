"""What the headers of one CPython define besides functions and data, floor by floor.

Macros, constants, types and inline functions leave no symbol, so only the headers tell
which ``Py_LIMITED_API`` shows them.  Each public header is preprocessed once for every
floor, with ``-dD``, which keeps the definitions beside the code:
https://gcc.gnu.org/onlinedocs/cpp/Preprocessor-Output.html
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.declarations import DeclarationKind
from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["HeaderDeclaration", "read_declarations"]

_USUAL_HEADERS = ("Python", "datetime", "frameobject", "marshal", "structmember")
"""The headers that extensions include; their names of any form count."""

_LEFT_OUT = frozenset({"pyconfig.h", "graminit.h", "opcode.h", "opcode_ids.h"})
"""What ``./configure`` found, and numbers of the grammar and of byte codes."""

_MARKER = re.compile(r'# \d+ "([^"]*)"')
_DEFINE = re.compile(r"#define (\w+)(\([^)]*\))?[ \t]*(.*)")
_UNDEFINE = re.compile(r"#undef (\w+)")
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_TOKEN = re.compile(r"\w+|[^\s\w]")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_QUESTION = re.compile(r"^[ \t]*#[ \t]*(?:el)?if.*$", re.MULTILINE)
_INTERNAL_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(r"\b[A-Za-z_]\w*")
_ARITHMETIC = re.compile(r"[\w\s()|&~<>+*/,-]+")
_NUMERIC_TYPES = frozenset({"int", "long", "short", "size_t", "sizeof", "unsigned"})
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_GUARD = re.compile(r"\w+_H_*|\w+_H_INCLUDED")


class HeaderDeclaration(NamedTuple):
    """Say what one name is in the headers of one version."""

    kind: DeclarationKind
    is_open: bool
    """True if the headers have it without ``Py_LIMITED_API``."""

    floors: tuple[PythonVersion, ...]
    """The values of ``Py_LIMITED_API`` that show it, sorted."""


def read_declarations(
    include: Path, version: PythonVersion
) -> dict[str, HeaderDeclaration]:
    """Return what the headers below a folder with ``Python.h`` define, by its name.

    The version is that of the headers.  The preprocessor is that of the C compiler in
    the variable ``CC``, else of ``cc``.
    """
    kinds = dict.fromkeys(_internal(include), DeclarationKind.INTERNAL)
    kinds.update(dict.fromkeys(_settings(include), DeclarationKind.SETTING))
    floors: dict[str, list[PythonVersion]] = {}
    for minor in range(FIRST_STABLE_ABI.minor, version.minor + 1):
        floor = PythonVersion(3, minor)
        shown = _kinds(include, floor)
        kinds.update(shown)
        for name in shown:
            floors.setdefault(name, []).append(floor)
    outside = kinds.keys() - floors.keys()
    full = _kinds(include, None)
    kinds.update(full)
    return {
        name: HeaderDeclaration(
            kind, name in full or name in outside, tuple(floors.get(name, ()))
        )
        for name, kind in kinds.items()
    }


def _kinds(include: Path, floor: PythonVersion | None) -> dict[str, DeclarationKind]:
    """Return the kind of each name that the public headers define for one floor."""
    options = [f"-DPy_LIMITED_API={floor.hex}"] if floor else []
    usual = _usual_headers(include)
    others = {path.name for path in include.glob("*.h")} - {*usual, *_LEFT_OUT}
    found = _defined(_preprocess(include, usual, options), include)
    rest = _defined(_preprocess(include, [*usual, *sorted(others)], options), include)
    return {
        name: kind for name, kind in rest.items() if looks_like_cpython(name)
    } | found


def _usual_headers(include: Path) -> list[str]:
    names = (f"{name}.h" for name in _USUAL_HEADERS)
    return [name for name in names if (include / name).is_file()]


def _preprocess(include: Path, headers: list[str], options: list[str]) -> str:
    command = [os.environ.get("CC", "cc"), "-E", "-dD", "-x", "c", f"-I{include}"]
    # A header that refuses the limit still shows what came before.
    return subprocess.run(
        [*command, *options, "-"],
        input="".join(f"#include <{header}>\n" for header in headers),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    ).stdout


def _defined(preprocessed: str, include: Path) -> dict[str, DeclarationKind]:
    """Return what the lines from a folder's own files define, with the kinds."""
    macros: dict[str, tuple[str | None, str]] = {}
    code: list[str] = []
    is_own = False
    for line in preprocessed.splitlines():
        marker = _MARKER.match(line)
        if marker:
            path = Path(marker[1])
            is_own = include in path.parents and path.name not in _LEFT_OUT
        elif not is_own:
            continue
        elif definition := _DEFINE.match(line):
            macros[definition[1]] = definition[2], definition[3]
        elif removal := _UNDEFINE.match(line):
            macros.pop(removal[1], None)
        else:
            code.append(line)
    kinds = dict(_declarations(_ATTRIBUTE.sub("", _STRING.sub("", "\n".join(code)))))
    numbers = {name for name, kind in kinds.items() if kind is DeclarationKind.CONSTANT}
    for name, (parameters, body) in macros.items():
        if parameters is None and not body and _GUARD.fullmatch(name):
            continue
        is_number = parameters is None and _is_number(body, macros, numbers)
        kinds[name] = DeclarationKind.CONSTANT if is_number else DeclarationKind.MACRO
    return kinds


def _is_number(
    body: str, macros: Mapping[str, tuple[str | None, str]], numbers: set[str]
) -> bool:
    """Tell whether a macro's body is arithmetic with numbers and names of numbers."""
    return bool(_ARITHMETIC.fullmatch(body)) and all(
        word in numbers
        or word in _NUMERIC_TYPES
        or (
            word in macros
            and macros[word][1] != body
            and _is_number(macros[word][1], macros, numbers)
        )
        for word in _WORD.findall(body)
    )


def _declarations(code: str) -> Iterator[tuple[str, DeclarationKind]]:
    """Yield the types, constants and inline functions of code, with their kinds."""
    for statement in _statements(_TOKEN.findall(code)):
        yield from _tags(statement)
        outside = list(_outside_braces(statement))
        if statement[0] == "typedef":
            name = _declared_type(outside)
            is_structure = outside[1] in {"struct", "union"} and not {"(", "*"} & {
                *outside
            }
            if name and is_structure:
                yield name, DeclarationKind.STRUCTURE
            elif name:
                yield name, DeclarationKind.TYPE
        elif "inline" in statement and "{" in statement:
            names = [a for a, b in zip(outside, outside[1:]) if b == "("]
            if names:
                yield names[0], DeclarationKind.INLINE


def _statements(tokens: list[str]) -> Iterator[list[str]]:
    depth, statement = 0, list[str]()
    for word in tokens:
        statement.append(word)
        depth += (word == "{") - (word == "}")
        is_body = word == "}" and not {"typedef", "struct", "union", "enum"} & {
            statement[0]
        }
        if depth == 0 and (word == ";" or is_body):
            yield statement
            statement = []


def _tags(statement: list[str]) -> Iterator[tuple[str, DeclarationKind]]:
    """Yield structures by their tags and the constants of enumerations."""
    if "inline" in statement:
        return
    for at, word in enumerate(statement[:-2]):
        if word in {"struct", "union", "enum"} and statement[at + 2] in {"{", ";"}:
            is_enumeration = word == "enum"
            yield (
                statement[at + 1],
                DeclarationKind.TYPE if is_enumeration else DeclarationKind.STRUCTURE,
            )
        if word == "enum":
            yield from _enumerators(statement[at:])


def _enumerators(tokens: list[str]) -> Iterator[tuple[str, DeclarationKind]]:
    if "{" not in tokens[:3]:
        return
    begin = tokens.index("{")
    end = tokens.index("}", begin)
    for before, name in zip(tokens[begin:end], tokens[begin + 1 : end]):
        if before in {"{", ","} and re.match(r"[A-Za-z_]", name):
            yield name, DeclarationKind.CONSTANT


def _outside_braces(statement: list[str]) -> Iterator[str]:
    depth = 0
    for word in statement:
        depth -= word == "}"
        if depth == 0 and word != "}":
            yield word
        depth += word == "{"


def _declared_type(outside: list[str]) -> str:
    """Return the name in ``typedef int (*name)(void);`` or ``typedef int name;``."""
    for first, second, third in zip(outside, outside[1:], outside[2:]):
        if first == "(" and second == "*" and third.isidentifier():
            return third
    end = outside.index("[") if "[" in outside else len(outside) - 1
    if "(" in outside[:end]:
        end = outside.index("(")
    name = outside[end - 1]
    return name if name.isidentifier() else ""


def _settings(include: Path) -> frozenset[str]:
    """Return the macros that the public headers ask for and never define."""
    texts = [_plain_text(path) for path in sorted(include.glob("*.h"))]
    asked = {
        word
        for text in texts
        for line in _QUESTION.findall(text)
        for word in _WORD.findall(line)
        if word.startswith(("Py", "PY_"))
    }
    return frozenset(word for word in asked if not word.endswith("_H"))


def _internal(include: Path) -> frozenset[str]:
    """Return the macros, constants and types of the headers under ``internal/``."""
    found: set[str] = set()
    for path in sorted(include.glob("internal/**/*.h")):
        text = _plain_text(path)
        found.update(_INTERNAL_MACRO.findall(text))
        code = _STRING.sub("", _DIRECTIVE.sub("", text))
        found.update(name for name, _ in _declarations(code))
    return frozenset(filter(looks_like_cpython, found))


def _plain_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    return _COMMENT.sub(" ", text)
