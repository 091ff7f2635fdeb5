"""Point a compiler of distutils at another platform."""

from __future__ import annotations

import os
import shlex
from typing import Any

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.cross.toolchain import Toolchain

__all__ = ["direct_compiler"]


def direct_compiler(
    compiler: Any,  # noqa: ANN401 - the compilers of distutils share no typed base
    toolchain: Toolchain,
    environ: Mapping[str, str],
) -> None:
    """Replace every command of a compiler, with nothing of this Python's own options.

    The user's ``CFLAGS``, ``CPPFLAGS``, ``CXXFLAGS`` and ``LDFLAGS`` are kept: nobody
    but the user writes them.
    """
    before = [*toolchain.compile_options, *_words(environ, "CPPFLAGS")]
    c = [*toolchain.c, *before, *_words(environ, "CFLAGS")]
    cxx = [*toolchain.cxx, *before, *_words(environ, "CXXFLAGS")]
    link = [*toolchain.link_options, *_words(environ, "LDFLAGS")]
    commands = {
        "preprocessor": [*toolchain.c, "-E", *_words(environ, "CPPFLAGS")],
        "compiler": c,
        "compiler_so": c,
        "compiler_cxx": cxx,
        "compiler_so_cxx": cxx,
        "linker_so": [*toolchain.c, *link],
        "linker_so_cxx": [*toolchain.cxx, *link],
        "linker_exe": [*toolchain.c],
        "linker_exe_cxx": [*toolchain.cxx],
    }
    if toolchain.archiver:
        commands["archiver"] = [*toolchain.archiver]
    # Older setuptools has no commands of its own for linking C++.
    known = {name for name in commands if name in compiler.executables}
    compiler.set_executables(**{name: commands[name] for name in sorted(known)})


def _words(environ: Mapping[str, str], name: str) -> list[str]:
    return shlex.split(environ.get(name, ""), posix=os.name != "nt")
