"""What the commands of GCC, Clang and their like compile and link.

The options that take the next word are those that both compilers share:
https://gcc.gnu.org/onlinedocs/gcc/Option-Summary.html
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "CompileCommand",
    "LinkCommand",
    "dependency_option",
    "expanded_words",
    "parse_compile",
    "parse_link",
    "preprocess_words",
]

_SOURCES = (
    ".c", ".cc", ".cp", ".cpp", ".cxx", ".c++", ".i", ".ii", ".m", ".mm", ".s", ".sx",
)  # fmt: skip
_WITH_WORD = frozenset(
    [
        "-D",
        "-F",
        "-I",
        "-L",
        "-MF",
        "-MQ",
        "-MT",
        "-T",
        "-U",
        "-Xassembler",
        "-Xclang",
        "-Xlinker",
        "-Xpreprocessor",
        "-arch",
        "-framework",
        "-idirafter",
        "-imacros",
        "-include",
        "-iprefix",
        "-iquote",
        "-isysroot",
        "-isystem",
        "-iwithprefix",
        "-l",
        "-o",
        "-target",
        "-u",
        "-x",
        "-z",
    ]
)
_OF_DEPENDENCIES = frozenset(["-M", "-MD", "-MG", "-MM", "-MMD", "-MP"])
_DEPENDENCIES_WITH_WORD = frozenset(["-MF", "-MQ", "-MT"])
_TO_PREPROCESSOR = "-Wp,-M"
_NO_LINK = frozenset(["-E", "-S", "-c", "-fsyntax-only"])
_ARCHIVERS = ("ar", "lib", "libtool", "ranlib", "strip")
_DEEPEST = 8
"""How far response files that name others are followed."""


class CompileCommand(NamedTuple):
    """Describe a command that compiles, as it was started."""

    words: tuple[str, ...]
    sources: tuple[str, ...]
    object_file: str
    """What it makes; empty if it links at once."""


class LinkCommand(NamedTuple):
    """Describe a command that makes a finished file out of objects."""

    words: tuple[str, ...]
    output: str


def parse_compile(words: Sequence[str]) -> CompileCommand | None:
    """Read a command that compiles sources of C's family; None for any other."""
    if len(words) < 2 or _NO_LINK.intersection(words) - {"-c"}:  # noqa: PLR2004 - program, source
        return None
    sources, output = [], ""
    following = ""
    for word in words[1:]:
        if following:
            output = word if following == "-o" else output
            following = ""
        elif word in _WITH_WORD:
            following = word
        elif word.startswith("-o") and len(word) > len("-o"):
            output = word[len("-o") :]
        elif not word.startswith("-") and word.lower().endswith(_SOURCES):
            sources.append(word)
    if not sources:
        return None
    if "-c" not in words:
        return CompileCommand(tuple(words), tuple(sources), "")
    made = output or f"{Path(sources[0]).stem}.o"
    return CompileCommand(tuple(words), tuple(sources), made)


def parse_link(words: Sequence[str]) -> LinkCommand | None:
    """Read a command that links; None for any other."""
    program = Path(words[0]).stem.lower().rpartition("-")[2] if words else ""
    if program in _ARCHIVERS or _NO_LINK.intersection(words):
        return None
    if "-o" not in words[:-1]:
        return None
    return LinkCommand(tuple(words), words[words.index("-o") + 1])


def dependency_option(path: str) -> list[str]:
    """Return what asks a compiler to write all that it read into a file.

    The form for the preprocessor goes before the project's own ``-MMD`` and ``-MF`` in
    GCC, and Clang takes it for ``-MD -MF``; commas part its words.
    """
    return ["-MD", "-MF", path] if "," in path else [f"-Wp,-MD,{path}"]


def preprocess_words(words: Sequence[str]) -> list[str]:
    """Turn a compile into one that prints the preprocessed source with its macros."""
    kept: list[str] = []
    skips = False
    for word in words:
        if skips:
            skips = False
        elif word == "-o" or word in _DEPENDENCIES_WITH_WORD:
            skips = True
        elif word == "-c" or word in _OF_DEPENDENCIES:
            continue
        elif not word.startswith(_TO_PREPROCESSOR):
            kept.append(word)
    return [*kept, "-E", "-dD"]


def expanded_words(words: Sequence[str], depth: int = 0) -> Iterator[str]:
    """Return the words of a command with those in response files in their place.

    Words that go on to another program, as ``-Wl,`` has them, are parted.
    """
    for word in words:
        for part in _parts(word):
            if part.startswith("@") and depth < _DEEPEST:
                yield part
                yield from expanded_words(_words_in(part[1:]), depth + 1)
            else:
                yield part


def _parts(word: str) -> list[str]:
    return word.split(",")[1:] if word.startswith(("-Wl,", "-Wp,", "-Wa,")) else [word]


def _words_in(path: str) -> list[str]:
    try:
        text = Path(os.fspath(path)).read_text(encoding="utf-8", errors="replace")
        return shlex.split(text)
    except (OSError, ValueError):
        return []
