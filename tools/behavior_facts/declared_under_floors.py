"""What the headers of one CPython declare, and call deprecated, under each floor.

In a copy of the headers ``Py_DEPRECATED`` becomes a word that the preprocessor leaves
as it is, so that each declaration still says since when:
https://github.com/python/cpython/blob/main/Include/pyport.h
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HeadersUnderFloors", "read_under_floors"]

_HEADERS = ("Python.h", "datetime.h", "frameobject.h", "marshal.h", "structmember.h")
"""The headers that extensions include."""

_WORD = "abi3build_deprecated"
_MACRO = re.compile(r"(#[ \t]*define[ \t]+Py_DEPRECATED)\(\w+\)[^\n]*(?:\\\n[^\n]*)*")
_MARKER = re.compile(r'# \d+ "([^"]*)"')
_DEFINE = re.compile(r"#define (\w+)")
_UNDEFINE = re.compile(r"#undef (\w+)")
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_DEPRECATED = re.compile(rf"\b{_WORD}\s*\(\s*(\d\.\d+)\s*\)")
_TOKEN = re.compile(r"\w+|[^\s\w]")
_NAME = re.compile(r"[A-Za-z_]\w*")


class HeadersUnderFloors(NamedTuple):
    """Hold what the headers of one version say under each ``Py_LIMITED_API``."""

    version: PythonVersion
    declared: dict[PythonVersion, frozenset[str]]
    """By floor, the names that they declare or define."""

    deprecated: dict[PythonVersion, dict[str, PythonVersion]]
    """By floor, the names that they call deprecated, each with since when."""


def read_under_floors(include: Path) -> HeadersUnderFloors:
    """Read a folder that holds ``Python.h``; its ``patchlevel.h`` says the version.

    The preprocessor is that of the C compiler in the variable ``CC``, else of ``cc``.
    """
    version = _version_of(include)
    declared: dict[PythonVersion, frozenset[str]] = {}
    deprecated: dict[PythonVersion, dict[str, PythonVersion]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, include.name)
        _copy(include, folder)
        for minor in range(FIRST_STABLE_ABI.minor, version.minor + 1):
            floor = PythonVersion(3, minor)
            text = _preprocessed(folder, include.parent, floor)
            declared[floor], deprecated[floor] = _names_of(text, folder)
    return HeadersUnderFloors(version, declared, deprecated)


def _version_of(include: Path) -> PythonVersion:
    text = (include / "patchlevel.h").read_text(encoding="utf-8")
    major, minor = (
        re.findall(rf"#define PY_{part}_VERSION\s+(\d+)", text)[0]
        for part in ("MAJOR", "MINOR")
    )
    return PythonVersion(int(major), int(minor))


def _copy(include: Path, folder: Path) -> None:
    shutil.copytree(include, folder, ignore=shutil.ignore_patterns("internal"))
    changed = 0
    for path in sorted(folder.rglob("*.h")):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        marked, count = _MACRO.subn(rf"\1(VERSION) {_WORD}(VERSION)", text)
        if count:
            path.write_text(marked, encoding="utf-8", errors="surrogateescape")
            changed += count
    if not changed:
        message = f"{include}: no header defines Py_DEPRECATED: look for its new form"
        raise SystemExit(message)


def _preprocessed(folder: Path, parent: Path, floor: PythonVersion) -> str:
    # Debian's pyconfig.h leads to another one below the parent.
    command = [os.environ.get("CC", "cc"), "-E", "-dD", "-x", "c"]
    command += [f"-I{folder}", f"-I{parent}", f"-DPy_LIMITED_API={floor.hex}", "-"]
    headers = [name for name in _HEADERS if (folder / name).is_file()]
    return subprocess.run(
        command,
        input="".join(f"#include <{name}>\n" for name in headers),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


def _names_of(
    preprocessed: str, folder: Path
) -> tuple[frozenset[str], dict[str, PythonVersion]]:
    """Return the names that a folder's own lines declare, and the deprecated ones."""
    macros: set[str] = set()
    code: list[str] = []
    is_own = False
    for line in preprocessed.splitlines():
        marker = _MARKER.match(line)
        if marker:
            path = Path(marker[1])
            is_own = folder in path.parents and path.name != "pyconfig.h"
        elif not is_own:
            continue
        elif definition := _DEFINE.match(line):
            macros.add(definition[1])
        elif removal := _UNDEFINE.match(line):
            macros.discard(removal[1])
        else:
            code.append(line)
    names = set(macros)
    deprecated: dict[str, PythonVersion] = {}
    for statement in _statements(_STRING.sub("", "\n".join(code))):
        found = _DEPRECATED.search(statement)
        plain = _TOKEN.findall(_DEPRECATED.sub("", statement))
        declared = {*_declared(_outside_braces(plain)), *_inside_enumeration(plain)}
        names |= declared
        # A field's own mark stands within the braces.
        if found and found.start() < statement.find("{") % (len(statement) + 1):
            # A macro of the same name hides the function, and the warning.
            seen = (declared & set(plain)) - macros
            deprecated.update(dict.fromkeys(seen, PythonVersion.parse(found[1])))
    usable = frozenset(
        name
        for name in names
        if looks_like_cpython(name)
        or name.startswith(("METH_", "PY_", "PYOS_", "CO_", "T_", "PYGEN_"))
    )
    return usable, {name: deprecated[name] for name in deprecated.keys() & usable}


def _statements(code: str) -> Iterator[str]:
    """Yield the declarations of a text, without attributes."""
    depth, begin = 0, 0
    text = _ATTRIBUTE.sub("", code)
    for found in re.finditer(r"[{};]", text):
        depth += (found[0] == "{") - (found[0] == "}")
        if depth or found[0] == "{":
            continue
        statement = text[begin : found.end()].strip()
        is_block = found[0] == "}"
        if is_block and re.match(r"(?:typedef|struct|union|enum)\b", statement):
            continue
        begin = found.end()
        if statement.startswith("extern{"):
            continue
        yield statement


def _outside_braces(tokens: list[str]) -> list[str]:
    kept, depth = [], 0
    for word in tokens:
        depth -= word == "}"
        if depth == 0 and word != "}":
            kept.append(word)
        depth += word == "{"
    return kept


def _declared(tokens: list[str]) -> Iterator[str]:
    """Yield the name that a declaration gives, and the tag of a structure."""
    for first, second, third in zip(tokens, tokens[1:], tokens[2:]):
        if first in {"struct", "union", "enum"} and third in {"{", ";"}:
            yield second
    for at, name in enumerate(tokens[:-1]):
        if _NAME.fullmatch(name) and tokens[at + 1] in {"(", ";", "["}:
            # int (*name)(void) is a pointer.
            is_pointer = tokens[at + 1 : at + 3] == ["(", "*"]
            yield tokens[at + 3] if is_pointer else name
            return


def _inside_enumeration(tokens: list[str]) -> Iterator[str]:
    if "enum" not in tokens[:3] or "{" not in tokens:
        return
    begin = tokens.index("{")
    for before, name in zip(tokens[begin:], tokens[begin + 1 :]):
        if before in {"{", ","} and _NAME.fullmatch(name):
            yield name
