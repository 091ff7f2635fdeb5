"""What the format's own tools say about one image, twice over.

Nothing here comes from abi3build: binutils, LLVM's tools, pefile and macholib read the
files, two of them each, and where the two differ the difference is part of the answer.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field

__all__ = ["Evidence", "Taken", "is_python_like", "run_tool"]

_PYTHON_LIKE = re.compile(r"_?Py(_|[A-Z])[A-Za-z0-9_]*")
_HOOK = re.compile(r"(PyInit|PyInitU|PyModExport|PyModExportU)_")


@dataclass(frozen=True, order=True)
class Taken:
    """Name one symbol that an image takes from elsewhere."""

    symbol: str
    library: str = ""
    """Empty where the image does not say from which library."""

    weak: bool = False


@dataclass
class Evidence:
    """Collect the facts of one image; Python-like symbols only."""

    format: str
    machine: str
    taken: set[Taken] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    hooks: set[str] = field(default_factory=set)
    """The exported functions by which Python starts a module."""

    reached: set[str] = field(default_factory=set)
    """The names of ``given`` that relocations of the same ELF image lead to."""

    libraries: set[str] = field(default_factory=set)
    own_name: str = ""
    versions: set[str] = field(default_factory=set)
    """The versions of symbols that an ELF image asks for, such as ``GLIBC_2.17``."""

    minimum_os: tuple[int, int] = (0, 0)
    """The macOS that a Mach-O image says it was built for."""

    loadable: bool = True
    """False for object files and programs."""

    disagreements: list[str] = field(default_factory=list)
    """Where two tools read different facts out of the same bytes."""

    def take(self, symbol: str, library: str = "", *, weak: bool = False) -> None:
        """Note a symbol that the image takes, if it looks like CPython's."""
        if is_python_like(symbol):
            self.taken.add(Taken(symbol, library, weak))

    def give(self, symbol: str) -> None:
        """Note a symbol that the image offers, if it looks like CPython's."""
        if _HOOK.match(symbol):
            self.hooks.add(symbol)
        elif is_python_like(symbol):
            self.given.add(symbol)

    def compare(self, what: str, first: set[str], second: set[str]) -> None:
        """Note what only one of two tools saw."""
        if first != second:
            only = ", ".join(sorted(first ^ second)[:10])
            self.disagreements.append(f"{what}: only one tool sees {only}")


def is_python_like(symbol: str) -> bool:
    """Tell whether a name has the form of CPython's own."""
    return bool(_PYTHON_LIKE.fullmatch(symbol)) and not _HOOK.match(symbol)


def run_tool(*command: str) -> str:
    """Run a tool and give what it printed; it may fail, then that is empty."""
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        timeout=600,
        text=True,
        errors="replace",
    )
    return done.stdout
