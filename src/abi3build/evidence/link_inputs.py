"""The objects that went into a finished extension, read from the linker's command.

Those that the build compiled itself have a dependency file beside them, which names
abi3build's Python.h.  What comes from elsewhere tells by its note, or tells nothing.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.evidence.compiled_units import INCLUDE_FOLDER, parse_dependency_file
from abi3build.evidence.origins import uses_in
from abi3build.inspection.object_files import is_archive, read_objects
from abi3build.stable_abi.known_names import find_name, looks_like_cpython

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from abi3build.inspection.object_files import ObjectFile

__all__ = [
    "LinkedObject",
    "dependencies_of",
    "find_link_inputs",
    "read_linked_objects",
]

_OBJECTS = (".a", ".lib", ".lo", ".o", ".obj")
_LINKER_PREFIX = "-Wl,"
_PYTHON = "libpython"


@dataclass(frozen=True, order=True)
class LinkedObject:
    """Describe one object that calls CPython without the evidence of this build."""

    output: str
    """The extension file that the linker made of it."""

    name: str
    """The path as the linker was given it: ``extra.o``, ``libx.a(member.o)``."""

    symbols: tuple[str, ...] = ()
    """The names of CPython's form that it takes, sorted."""

    floors: tuple[int, ...] = ()
    """The values of the macro in the notes that it carries; none without a note."""

    is_hidden: bool = False
    """True where it is intermediate code, which tells nothing."""

    place: str = ""
    """The function that takes the first of the symbols, and the line where known."""


def find_link_inputs(command: Sequence[str]) -> tuple[Path, ...]:
    """Give the objects and static libraries of a linker's command, in its order.

    Follows the options that GCC, Clang and their linkers share: paths, ``-l`` with
    ``-L``, ``-l:file``, ``-Wl,`` and files of options.
    https://sourceware.org/binutils/docs/ld/Options.html
    """
    words = list(_words(command))
    folders = [Path(word[2:]) for word in words if word.startswith("-L") and word[2:]]
    found: list[Path] = []
    following_output = False
    for word in words:
        if following_output or word == "-o":
            following_output = not following_output
        elif word.startswith("-l"):
            found.extend(_static_library(word[2:], folders))
        elif not word.startswith("-") and word.endswith(_OBJECTS):
            found.append(Path(word))
    return tuple(dict.fromkeys(found))


def dependencies_of(path: Path) -> list[str]:
    """Give what an object was compiled from; nothing where it did not say so."""
    try:
        text = path.with_suffix(".d").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return parse_dependency_file(text)


def read_linked_objects(output: str, inputs: Iterable[Path]) -> list[LinkedObject]:
    """Give the inputs of one extension that call CPython without evidence, sorted."""
    found = []
    for path in inputs:
        dependencies = dependencies_of(path)
        if any(Path(name).parent.name == INCLUDE_FOLDER for name in dependencies):
            continue
        for each in _read(path):
            takes = {one.symbol for image in each.images for one in image.imports}
            symbols = tuple(sorted(filter(_is_cpythons, takes)))
            notes = {note for image in each.images for note in image.unit_notes}
            is_hidden = each.is_hidden and not dependencies
            if symbols or is_hidden:
                floors = tuple(sorted({note.limited_api for note in notes}))
                uses = uses_in(each.data, symbols[:1])
                place = str(uses[0][1]) if uses else ""
                found.append(
                    LinkedObject(output, each.name, symbols, floors, is_hidden, place)
                )
    return sorted(found)


def _words(command: Sequence[str]) -> Iterator[str]:
    """Give the words of a command with those that stand in files or behind -Wl."""
    separate = ""
    for word in command[1:]:
        if separate:
            yield separate + word
            separate = ""
        elif word in {"-L", "-l"}:
            separate = word
        elif word.startswith(_LINKER_PREFIX):
            yield from word[len(_LINKER_PREFIX) :].split(",")
        elif word.startswith("@"):
            yield from _words(["", *_options_in(Path(word[1:]))])
        else:
            yield word


def _options_in(path: Path) -> list[str]:
    try:
        return shlex.split(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return []


def _static_library(name: str, folders: Sequence[Path]) -> list[Path]:
    """Find what ``-l`` means; a shared library is none of the inputs."""
    if name.startswith(":"):
        exact = (folder / name[1:] for folder in folders)
        return [path for path in exact if path.exists() and _is_static(path)][:1]
    for folder in folders:
        shared = [f"lib{name}.so", f"lib{name}.dylib", f"lib{name}.dll.a"]
        if any((folder / each).exists() for each in shared):
            return []
        static = folder / f"lib{name}.a"
        if static.exists():
            return [static]
    return []


def _is_static(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_archive(stream.read(16))
    except OSError:
        return False


def _is_cpythons(symbol: str) -> bool:
    return looks_like_cpython(symbol) and find_name(symbol) is not None


def _read(path: Path) -> tuple[ObjectFile, ...]:
    # The interpreter itself, as an archive, holds nothing but such objects.
    try:
        return read_objects(path) if not path.name.startswith(_PYTHON) else ()
    except OSError:
        return ()
