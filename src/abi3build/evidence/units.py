"""The translation units of a build and the headers of Python's that each one read.

The compiler says so itself, in the dependency file that ``-MD`` makes beside every
object: https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "INCLUDE_FOLDER",
    "TranslationUnit",
    "is_own_file",
    "parse_dependency_file",
    "read_units",
]

INCLUDE_FOLDER = "abi3build-include"
"""The folder, in the build's own, that holds abi3build's Python.h alone."""

_WORD = re.compile(r"(?:\\.|[^\\\s])+")
_ESCAPED = re.compile(r"\\(.)")
_PRECOMPILED = (".gch", ".pch")
_HEADERS = (".h", ".hh", ".hpp", ".hxx", *_PRECOMPILED)
_FULL_API_INSIDE = re.compile(rb"/((?:cpython|internal)/\w+\.h)")
_FULL_API = re.compile(r"(?:^|/)((?:cpython|internal)/\w+\.h)$")


@dataclass(frozen=True)
class TranslationUnit:
    """Describe one compiled source."""

    source: str
    """The path as the compiler was given it."""

    full_api_headers: tuple[str, ...] = ()
    """The headers that it read from Python's ``cpython/`` and ``internal/``, sorted."""

    object_file: str = ""
    """The object that it became."""

    own_files: tuple[str, ...] = ()
    """The source and the project's headers, in the order in which they were read."""

    other_files: tuple[str, ...] = ()
    """The headers of Python, of libraries and of the system, in that order too."""

    python_libraries: tuple[str, ...] = ()
    """What its object asks Microsoft's linker for, such as ``python3.lib``."""


def read_units(folder: Path) -> tuple[TranslationUnit, ...]:
    """Read every dependency file below a folder, sorted by source.

    Those of sources that are gone count no more: objects outlive their sources.
    """
    units = []
    for path in sorted(folder.rglob("*.d")):
        names = parse_dependency_file(
            path.read_text(encoding="utf-8", errors="replace")
        )
        if names and Path(names[0]).exists():
            units.append(_unit(str(path.with_suffix(".o")), names))
    return tuple(sorted(units, key=lambda unit: (unit.source, unit.object_file)))


def _unit(object_file: str, names: list[str]) -> TranslationUnit:
    # Clang names what a precompiled header read before the source.
    sources = (name for name in names if not name.endswith(_HEADERS))
    return TranslationUnit(
        next(sources, names[0]),
        tuple(sorted(set(_full_api_headers(names)))),
        object_file,
        tuple(name for name in names if is_own_file(name)),
        tuple(name for name in names if not is_own_file(name)),
    )


def is_own_file(name: str) -> bool:
    """Tell whether a file that a unit read is the project's own.

    It is where it lies below the folder in which the build runs, as PEP 517 has it.
    """
    path = Path(name)
    if path.parent.name == INCLUDE_FOLDER:
        return False
    return not path.is_absolute() or Path.cwd() in path.parents


def parse_dependency_file(text: str) -> list[str]:
    """Give what the first rule of a makefile depends on: the source, then headers."""
    rule = text.replace("\\\n", " ").partition("\n")[0]
    _, colon, names = rule.partition(": ")
    if not colon:
        return []
    words = _WORD.findall(names)
    return [_ESCAPED.sub(r"\1", word).replace("$$", "$") for word in words]


def _full_api_headers(names: list[str]) -> Iterator[str]:
    for name in names:
        match = _FULL_API.search(name.replace("\\", "/"))
        if match is not None:
            yield match[1]
        elif name.endswith(_PRECOMPILED):
            # GCC names the precompiled header alone; it holds the names of its parts.
            yield from _headers_inside(Path(name))


def _headers_inside(precompiled: Path) -> list[str]:
    try:
        data = precompiled.read_bytes()
    except OSError:
        return []
    return [found.decode() for found in _FULL_API_INSIDE.findall(data)]
