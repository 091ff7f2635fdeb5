"""The translation units of a build and the headers of Python's that each one read.

The compiler says so itself, in the dependency file that ``-MD`` makes beside every
object: https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.binaries.pe.coff import is_coff_object, open_coff
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.pe.coff import CoffTables

__all__ = [
    "INCLUDE_FOLDER",
    "TranslationUnit",
    "asked_libraries",
    "is_own_file",
    "keep_unit_count",
    "kept_unit_count",
    "parse_dependency_file",
    "read_microsoft_units",
    "read_units",
]


INCLUDE_FOLDER = "abi3build-include"
"""The folder, in the build's own, that holds abi3build's Python.h alone."""

_WORD = re.compile(r"(?:\\.|[^\\\s])+")
_ESCAPED = re.compile(r"\\(.)")
_PRECOMPILED = (".gch", ".pch")
_HEADERS = (".h", ".hh", ".hpp", ".hxx", *_PRECOMPILED)
_FULL_API_INSIDE = re.compile(rb"/((?:cpython/|internal/pycore_)\w+\.h)")
_FULL_API = re.compile(r"(?:^|/)((?:cpython/|internal/pycore_)\w+\.h)$")


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


_SUFFIXES = (".c", ".cc", ".cpp", ".cxx")

_DIRECTIVES = b".drectve"
_LIBRARY = re.compile(r'[-/]DEFAULTLIB:"?(python3[^"\s]*)', re.IGNORECASE)


def read_microsoft_units(folder: Path) -> tuple[TranslationUnit, ...]:
    """Read every object below a folder that asks for a library of Python's, sorted.

    Those of sources that are gone count no more.
    """
    units = []
    for path in sorted(folder.rglob("*.obj")):
        source = _source_of(path.relative_to(folder))
        libraries = asked_libraries(path.read_bytes())
        if source and libraries:
            unit = TranslationUnit(
                source,
                object_file=str(path),
                own_files=(source,),
                python_libraries=libraries,
            )
            units.append(unit)
    return tuple(units)


def asked_libraries(data: bytes) -> tuple[str, ...]:
    """Give the libraries of Python's that an object asks for, sorted.

    None are seen in what is no object for machine code; ``/GL`` makes such.
    """
    if not is_coff_object(data):
        return ()
    try:
        text = "".join(_directives(open_coff(data)))
    except MalformedError:
        return ()
    return tuple(sorted(set(_LIBRARY.findall(text))))


def _directives(tables: CoffTables) -> Iterator[str]:
    for section in tables.sections():
        if section.name == _DIRECTIVES:
            part = tables.part(section)
            data = part.data[part.start : part.start + part.size]
            yield data.decode("utf-8", "replace")


def _source_of(path: Path) -> str:
    """Give the source of an object, which stands in the same folder below another."""
    # distutils leaves out the root of absolute paths.
    for candidate in (path, Path(path.anchor or Path.cwd().anchor, path)):
        for suffix in _SUFFIXES:
            source = candidate.with_suffix(suffix)
            if source.exists():
                return source.as_posix()
    return ""


_FOLDER = "abi3build-units"
_PYTHON_HEADER = re.compile(r"(?:^|[/\\])Python\.h$")


def keep_unit_count(build_temp: Path, module: str, objects: Iterable[str]) -> None:
    """Count the units among the objects of a module, and keep the number."""
    place = build_temp / _FOLDER / module
    place.parent.mkdir(parents=True, exist_ok=True)
    count = _count_units(objects)
    place.write_text("" if count is None else str(count), encoding="ascii")


def kept_unit_count(build_temp: Path, module: str) -> int | None:
    """Give the number that was kept; None where the compile was not watched."""
    try:
        text = (build_temp / _FOLDER / module).read_text(encoding="ascii")
    except OSError:
        return None
    return int(text) if text else None


def _count_units(objects: Iterable[str]) -> int | None:
    watched, count = False, 0
    for each in objects:
        # A prebuilt object has no dependency file; another rule asks about it.
        path = Path(each).with_suffix(".d")
        if path.exists():
            watched = True
            text = path.read_text(encoding="utf-8", errors="replace")
            count += any(map(_PYTHON_HEADER.search, parse_dependency_file(text)))
    return count if watched else None
