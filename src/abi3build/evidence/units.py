"""The translation units of a build and the headers of Python's that each one read.

The compiler says so itself, in the dependency file that ``-MD`` makes beside every
object: https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["TranslationUnit", "parse_dependency_file", "read_units"]

_WORD = re.compile(r"(?:\\.|[^\\\s])+")
_ESCAPED = re.compile(r"\\(.)")
_FULL_API = re.compile(r"(?:^|/)((?:cpython|internal)/\w+\.h)$")


@dataclass(frozen=True)
class TranslationUnit:
    """Describe one compiled source."""

    source: str
    """The path as the compiler was given it."""

    full_api_headers: tuple[str, ...] = ()
    """The headers that it read from Python's ``cpython/`` and ``internal/``, sorted."""


def read_units(folder: Path) -> tuple[TranslationUnit, ...]:
    """Read every dependency file below a folder, sorted by source.

    Those of sources that are gone count no more: objects outlive their sources.
    """
    units = set()
    for path in folder.rglob("*.d"):
        names = parse_dependency_file(
            path.read_text(encoding="utf-8", errors="replace")
        )
        if names and Path(names[0]).exists():
            headers = {_full_api_header(name) for name in names[1:]} - {""}
            units.add(TranslationUnit(names[0], tuple(sorted(headers))))
    return tuple(sorted(units, key=lambda unit: (unit.source, unit.full_api_headers)))


def parse_dependency_file(text: str) -> list[str]:
    """Give what the first rule of a makefile depends on: the source, then headers."""
    rule = text.replace("\\\n", " ").partition("\n")[0]
    _, colon, names = rule.partition(": ")
    if not colon:
        return []
    words = _WORD.findall(names)
    return [_ESCAPED.sub(r"\1", word).replace("$$", "$") for word in words]


def _full_api_header(name: str) -> str:
    match = _FULL_API.search(name.replace("\\", "/"))
    return match[1] if match else ""
