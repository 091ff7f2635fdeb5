"""Which programs that a compiler of distutils starts compile or link.

A ``build_ext`` may start any program through it: a generator, an assembler, a script of
the project.  Their options may look alike, and options for a compiler would break them.
"""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from abi3build.evidence.compiled_units import FLOOR_MACRO

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["starts_compiler"]

_NAME = re.compile(
    r"(?:.*[-_])?(?:armclang|c[89]9|cc|c\+\+|cl|clang|clang\+\+|emcc|em\+\+|gcc|g\+\+"
    r"|ic[cx]|icp[cx]|icpc|link|mpic[cx]x?|nvc|nvc\+\+|tcc|xlc|zig)(?:-?\d[\w.]*)?(?:-(?:posix|win32))?(?:\.exe)?"
)
"""How compilers are called, with a platform and a version, and Microsoft's linker."""

_MAKES_LIBRARY = frozenset(["-bundle", "-dynamiclib", "-shared"])


def starts_compiler(
    words: Sequence[str],
    compiler: Any,
) -> bool:
    """Tell whether a command starts a compiler or its linker.

    It is one by its name, if the compiler of distutils starts the same program for its
    own work (``CC="bash wrapper.sh"``), or by an option that only compilers have.
    """
    floor = f"-D{FLOOR_MACRO}="
    if any(word in _MAKES_LIBRARY or word.startswith(floor) for word in words):
        return True
    program = _program(words)
    if any(_NAME.fullmatch(PurePath(word).name.lower()) for word in program):
        return True
    executables = getattr(compiler, "executables", None) or {}
    own = (_program(getattr(compiler, name, None) or ()) for name in executables)
    return any(each and list(words[: len(each)]) == each for each in own)


def _program(words: Sequence[str]) -> list[str]:
    """Return the words before the options: a launcher, an interpreter, its script."""
    return list(takewhile(lambda word: word == "-m" or word[:1] != "-", words))
