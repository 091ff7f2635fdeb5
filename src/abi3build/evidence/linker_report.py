"""What a linker says that it read: every file, by whatever road it was told of it.

GNU ld since 2.35, gold, LLVM's and mold write a rule for make (``--dependency-file``);
their maps, and those of older ones, name the members that they took of archives.
Apple's has a map alone, and zig the first alone.
https://sourceware.org/binutils/docs/ld/Options.html
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.evidence.asked_programs import ask_program

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LinkerReport", "linker_questions", "read_linker_report"]

_DEPENDENCIES, _MAP = "--dependency-file", "-Map"
_CHOICES = ("-fuse-ld=", "--ld-path=", "-B")
"""The options that choose the linker."""

_SECONDS = 60
_LOADED = re.compile(r"^LOAD (.+)$", re.MULTILINE)
_APPLES_OBJECT = re.compile(r"^\[ *\d+\] (.+)$", re.MULTILINE)
_MEMBER = re.compile(r"(?P<file>.*)\((?P<member>[^()]+)\)")


@dataclass(frozen=True)
class LinkerReport:
    """Describe what one link read."""

    files: tuple[str, ...]
    """As the linker names them: objects, archives, libraries and scripts."""

    map_text: str = ""
    """The linker's map; empty if it makes none."""

    def members_of(self, file: str) -> frozenset[str] | None:
        """Return the members that it used from an archive; None if it does not say."""
        if not self.map_text:
            return None
        # LLVM's writes ./libx.a in one and libx.a in the other.
        names = (file, os.path.normpath(file))
        if not any(f"{name}(" in self.map_text for name in names):
            return frozenset()
        pattern = rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})\(([^()\n]+)\)"
        return frozenset(re.findall(pattern, self.map_text))


def linker_questions(words: Sequence[str], stem: Path) -> list[str]:
    """Return the options that make a linker report what it reads; none if it cannot.

    ``stem`` is the name of the files that it writes, with ``.deps`` and ``.map`` added.
    """
    asked = _options_known(*_chooser(words))
    # The last one counts, and a project that asks for a map gets its own.
    if any(_MAP in word or "-map" in word for word in words):
        asked = asked - {_MAP}
    files = {_DEPENDENCIES: f"{stem}.deps", _MAP: f"{stem}.map"}
    return [
        word for option in sorted(asked) for word in _to_linker(option, files[option])
    ]


def read_linker_report(stem: Path) -> LinkerReport | None:
    """Read what a link wrote, and remove it; None if it wrote nothing."""
    dependencies, map_text = _take(f"{stem}.deps"), _take(f"{stem}.map")
    files = _files_in_rule(dependencies)
    if not files and map_text:
        files = _LOADED.findall(map_text) or _apples_files(map_text)
    return LinkerReport(tuple(dict.fromkeys(files)), map_text) if files else None


def _chooser(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words that decide which linker runs."""
    options = next(
        (at for at, word in enumerate(words) if word.startswith("-")), len(words)
    )
    chosen = [word for word in words[options:] if word.startswith(_CHOICES)]
    if "-target" in words[:-1]:
        chosen += ["-target", words[words.index("-target") + 1]]
    return (*words[:options], *chosen)


@cache
def _options_known(*words: str) -> frozenset[str]:
    if any("zig" in Path(word).name for word in words[:2]):
        # Its own linkers of other formats know neither.
        is_elf = any("-linux" in word for word in words)
        return frozenset({_DEPENDENCIES} if is_elf else ())
    if sys.platform == "darwin":
        return frozenset({_MAP})
    completed = ask_program([*words, "-Wl,--help"], _SECONDS)
    if completed is None:
        return frozenset()
    said = completed.stdout.decode("utf-8", "replace")
    return frozenset(option for option in (_DEPENDENCIES, _MAP) if option in said)


def _to_linker(option: str, path: str) -> list[str]:
    if sys.platform == "darwin":
        return ["-Xlinker", "-map", "-Xlinker", path]
    return ["-Xlinker", f"{option}={path}"]


def _take(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        Path(path).unlink()
    except OSError:
        return ""
    return text


def _files_in_rule(text: str) -> list[str]:
    """Read the rule line by line: GNU's linker does not escape spaces, LLVM's does."""
    rule = text.partition("\n\n")[0]
    _, _, names = rule.partition(":")
    lines = (line.rstrip("\\").strip() for line in names.split("\n"))
    return [_existing(line) for line in lines if line]


def _existing(name: str) -> str:
    if os.path.exists(name):
        return name
    return name.replace("\\ ", " ").replace("\\#", "#").replace("$$", "$")


def _apples_files(text: str) -> list[str]:
    part = text.partition("# Object files:")[2].partition("# Sections:")[0]
    found = []
    for name in _APPLES_OBJECT.findall(part)[1:]:
        # The first stands for what the linker makes itself.
        match = _MEMBER.fullmatch(name)
        found.append(match["file"] if match else name)
    return found
