"""Watch the programs that a compiler of distutils starts, and have them leave evidence.

That is the last door before them: whatever a project's class or a build for another
platform does to the compiler's commands has been done.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from abi3build.evidence.compiled_units import INCLUDE_FOLDER
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = [
    "Watched",
    "collect_evidence",
    "evidence_macros",
    "evidence_options",
    "lead_include_path",
    "leaves_evidence",
    "make_header",
    "watch_compiler",
]


_HEADER = Path(__file__).parent.parent / "include" / "Python.h"
_FLOOR = "ABI3BUILD_FLOOR"
_UNDECLARED = "/we4013"
_OPTION_OF_C = "-Werror=implicit-function-declaration"


def leaves_evidence(compiler: Any) -> bool:  # noqa: ANN401 - see watching.py
    """Tell whether a compiler knows ``#include_next`` and ``-MD``.

    Microsoft's knows neither.
    """
    return bool(compiler.compiler_type != "msvc")


def make_header(build_temp: Path) -> str:
    """Copy abi3build's Python.h into a build folder; give the folder that holds it.

    The path of the environment that a front end made for the build would be in the
    debug information; this one is relative.
    """
    folder = build_temp / INCLUDE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _HEADER.name).write_bytes(_HEADER.read_bytes())
    return str(folder)


def lead_include_path(command: Sequence[str], folder: str) -> list[str]:
    """Put abi3build's Python.h before Python's in a compile that is to be watched.

    It goes before the flags of the environment: they may name Python's own folder.
    Other commands come back as they are, such as those by which a setup.py tries
    something.
    """
    option = f"-I{folder}"
    is_watched = any(word.startswith(f"-D{_FLOOR}=") for word in command)
    if not is_watched or option in command:
        return list(command)
    others = (at for at, word in enumerate(command) if word.startswith("-I"))
    at = next(others, len(command))
    return [*command[:at], option, *command[at:]]


def collect_evidence(extension: Extension, plan: Plan, compiler: Any) -> None:  # noqa: ANN401
    """Ask for the check in abi3build's Python.h, and for dependency files.

    Of Microsoft's compiler only that undeclared functions are errors is asked (C4013).
    """
    given = extension.extra_compile_args
    if not leaves_evidence(compiler):
        if _UNDECLARED not in given:
            extension.extra_compile_args = [_UNDECLARED, *given]
        return
    if any(macro[0] == _FLOOR for macro in extension.define_macros):
        return
    extension.define_macros = [*extension.define_macros, *evidence_macros(plan)]
    options = evidence_options(extension.sources, extension.language)
    if _OPTION_OF_C in options and _takes_c_for_cplusplus(compiler, given):
        options.remove(_OPTION_OF_C)
    extension.extra_compile_args = [*options, *given]


def _takes_c_for_cplusplus(compiler: Any, options: Sequence[str]) -> bool:  # noqa: ANN401
    """Ask a compiler whether it takes a source in C for C++, as ``CC=g++`` does.

    It then warns of an option that C++ does not have, and with ``-Werror`` it stops.
    """
    command = [*map(str, getattr(compiler, "compiler_so", ())), *options]
    if not command:
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.touch()
        try:
            completed = subprocess.run(
                [*command, "-E", "-dM", str(source)],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:
            # A compiler that is not there says so when it is needed.
            return False
    return b"#define __cplusplus" in completed.stdout


def evidence_macros(plan: Plan) -> list[tuple[str, str | None]]:
    """Give the macros that abi3build's Python.h asks for."""
    macros: list[tuple[str, str | None]] = [(_FLOOR, plan.target.floor.hex)]
    if plan.target.kind is TargetKind.ABI3T:
        macros.append(("ABI3BUILD_ABI3T", None))
    return macros


def evidence_options(
    sources: Iterable[str | os.PathLike[str]], language: str | None = None
) -> list[str]:
    """Give the options that leave dependency files and stop undeclared functions.

    GCC before 14 and Clang before 16 let an undeclared function pass with a warning;
    the import then fails everywhere.  The C++ compilers know no such option.
    """
    suffixes = {Path(source).suffix.lower() for source in sources}
    if language in {None, "c"} and suffixes <= {".c", ".pyx", ".py"}:
        return ["-MD", _OPTION_OF_C]
    return ["-MD"]


@dataclass
class Watched:
    """Collect the commands of one compiler while it works."""

    failed: list[list[str]] = field(default_factory=list)
    """The commands that failed, in their order."""

    links: dict[str, list[str]] = field(default_factory=dict)
    """The last command that made each output out of objects."""


def watch_compiler(compiler: Any, folder: str = "") -> Watched:  # noqa: ANN401 - below
    """Watch a compiler of distutils; give what its commands will join.

    ``folder`` holds abi3build's Python.h, where units are to leave evidence.
    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method that starts a program: ``spawn``, and ``call`` in newer setuptools.
    """
    watched = Watched()

    def watching(start: Callable[..., Any]) -> Callable[..., Any]:
        """Give what starts programs as before, and joins their commands."""

        def started(command: list[str], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            """Start a program; keep the command where it fails or links."""
            words = [os.fspath(part) for part in command]
            if folder:
                words = lead_include_path(words, folder)
            try:
                result = start(words, *arguments, **options)
            except Exception:
                watched.failed.append(words)
                raise
            if "-c" not in words and "-o" in words[:-1]:
                watched.links[words[words.index("-o") + 1]] = words
            return result

        return started

    for name in ("call", "spawn"):
        if hasattr(compiler, name):
            setattr(compiler, name, watching(getattr(compiler, name)))
    return watched
