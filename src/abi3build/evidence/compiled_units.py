"""The translation units of a build: what each one read, and whether it kept the limit.

The compiler says so itself, in the dependency file that it writes for every object:
https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html

What was found out when a unit was compiled is kept in the build folder by the digest of
its object, so that the object is known again wherever a linker takes it from.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.evidence.limited_headers import is_shipped_header
from abi3build.evidence.preprocessed_unit import Breach

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "FLOOR_MACRO",
    "UNITS_FOLDER",
    "SeenDeprecation",
    "TranslationUnit",
    "digest_of",
    "is_own_file",
    "keep_deprecations",
    "keep_unit",
    "kept_deprecations",
    "kept_unit",
    "own_files",
    "parse_dependency_file",
]


FLOOR_MACRO = "ABI3BUILD_FLOOR"
"""What tells abi3build's Python.h which value the macro must have."""

UNITS_FOLDER = "abi3build-units"
"""The folder, in the build's own, that holds what is known of each unit."""

_LISTS = ("folders", "named_files", "other_files", "own_files", "python_libraries")
_WORD = re.compile(r"(?:\\.|[^\\\s])+")
_ESCAPED = re.compile(r"\\(.)")


class SeenDeprecation(NamedTuple):
    """Name one place at which a compiler warned of a deprecated name."""

    name: str
    file: str
    """As the compiler names it."""

    line: int


class TranslationUnit(NamedTuple):
    """Describe one compiled source."""

    source: str
    """The path as the compiler was given it."""

    object_file: str = ""
    """The object that it became."""

    digest: str = ""
    """Of the object; empty if it is not known by that."""

    breaches: tuple[Breach, ...] = ()
    """The places where it bypassed the limit, sorted."""

    not_proven: str = ""
    """Why nothing shows whether it kept the limit; empty if that is known."""

    reads_python: bool = False
    """True if it read any header of Python's."""

    leaves_note: bool = False
    """True if it read abi3build's Python.h, which puts a note into the object."""

    own_files: tuple[str, ...] = ()
    """The source and the project's headers, in the order in which they were read."""

    other_files: tuple[str, ...] = ()
    """The headers of Python, of libraries and of the system, in that order too."""

    folders: tuple[str, ...] = ()
    """Where its command looks for headers, in that order."""

    named_files: tuple[str, ...] = ()
    """The files that its command names, besides those that were read as source."""

    has_hidden_inputs: bool = False
    """True if a file of the project's asks which files are there, or takes some that
    no compiler names: ``__has_include``, ``.incbin``, ``#embed``, ``__DATE__``."""

    python_libraries: tuple[str, ...] = ()
    """What its object asks Microsoft's linker for, such as ``python3.lib``."""

    deprecations: tuple[SeenDeprecation, ...] = ()
    """What its compiler called deprecated of CPython, sorted."""

    @property
    def all_files(self) -> set[str]:
        """Return every file that the compile read or that its command names."""
        return {*self.own_files, *self.other_files, *self.named_files}

    @property
    def all_folders(self) -> set[str]:
        """Return every folder in which another file could be read instead of one."""
        beside = (os.path.dirname(name) or "." for name in self.own_files)
        return {*self.folders, *beside}


def digest_of(data: bytes) -> str:
    """Return the digest by which an object is known again."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def keep_unit(build_temp: Path, unit: TranslationUnit) -> None:
    """Store what is known about a unit in the build folder."""
    path = build_temp / UNITS_FOLDER / f"{unit.digest}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    breaches = [each._asdict() for each in unit.breaches]
    text = json.dumps({**unit._asdict(), "breaches": breaches}, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")


def kept_unit(build_temp: Path, digest: str) -> TranslationUnit | None:
    """Return the unit that became an object; None for one that no build watched."""
    path = build_temp / UNITS_FOLDER / f"{digest}.json"
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        fields = json.loads(text)
        breaches = tuple(Breach(**each) for each in fields.pop("breaches"))
        seen = tuple(SeenDeprecation(*each) for each in fields.pop("deprecations"))
        for name in _LISTS:
            fields[name] = tuple(fields[name])
        return TranslationUnit(breaches=breaches, deprecations=seen, **fields)
    # Another release of abi3build may have written it: an unreadable note counts as
    # none, and the unit is compiled again.
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_deprecations(
    build_temp: Path, object_file: str, seen: tuple[SeenDeprecation, ...]
) -> None:
    """Store warnings of a compiler that leaves no evidence, by the object's path."""
    path = _deprecations_of(build_temp, object_file)
    if seen:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(seen) + "\n", encoding="ascii")
    elif path.exists():
        path.unlink()


def kept_deprecations(
    build_temp: Path, object_file: str
) -> tuple[SeenDeprecation, ...]:
    """Return what ``keep_deprecations`` kept of an object."""
    try:
        text = _deprecations_of(build_temp, object_file).read_text(encoding="ascii")
        return tuple(SeenDeprecation(*each) for each in json.loads(text))
    except (OSError, ValueError, TypeError):
        return ()


def _deprecations_of(build_temp: Path, object_file: str) -> Path:
    place = os.path.abspath(object_file)
    name = digest_of(os.path.normcase(place).encode(errors="surrogateescape"))
    return build_temp / UNITS_FOLDER / f"{name}.deprecated"


def is_own_file(name: str) -> bool:
    """Tell whether a file that a unit read is the project's own.

    It is where the compiler was given a relative path, or one below the folder in which
    the build runs, as PEP 517 has it.
    """
    return bool(own_files((name,)))


def own_files(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of the files that a unit read that are own ones, each once."""
    here = os.getcwd()
    found = (name for name in names if _is_below(name, here))
    return tuple(dict.fromkeys(name for name in found if not is_shipped_header(name)))


@cache
def _is_below(name: str, here: str) -> bool:
    folder = os.path.dirname(name)
    return not os.path.isabs(name) or f"{folder}/".startswith(f"{here}/")


def parse_dependency_file(text: str) -> list[str]:
    """Return what the first rule of a makefile depends on: the source, then headers."""
    # With -MP, rules without dependencies follow for each header:
    # https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html#index-MP
    rule = text.replace("\\\n", " ").partition("\n")[0]
    _, colon, names = rule.partition(": ")
    if not colon:
        return []
    if "\\" not in names and "$" not in names:
        return names.split()
    words = _WORD.findall(names)
    return [_ESCAPED.sub(r"\1", word).replace("$$", "$") for word in words]
