"""Find out whether a compiler treats C as C++, which knows other options."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.evidence.asked_programs import ask_program

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["takes_c_for_cplusplus"]

_CPLUSPLUS, _STOPS = "++", "-Werror"
_SECONDS = 60


def takes_c_for_cplusplus(compiler: Any, options: Sequence[str]) -> bool:
    """Tell whether a compiler treats a C source as C++, as ``CC=g++`` does.

    It then warns about an option that C++ does not have, and stops with ``-Werror``.
    Other compilers are not asked, because that starts a program for each extension.
    """
    program = tuple(map(str, getattr(compiler, "compiler_so", ())))
    command = (*program, *options)
    may_be = _STOPS in command or any(_CPLUSPLUS in word for word in program)
    return bool(program) and may_be and _is_cplusplus(command)


@cache
def _is_cplusplus(command: tuple[str, ...]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.touch()
        completed = ask_program([*command, "-E", "-dM", str(source)], _SECONDS)
    # A compiler that is not there says so when it is needed.
    return completed is not None and b"#define __cplusplus" in completed.stdout
