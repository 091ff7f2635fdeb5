"""Make the compile of an extension leave evidence of the macro's effect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.evidence.units import INCLUDE_FOLDER
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["collect_evidence"]

_HEADER = Path(__file__).parent.parent / "include" / "Python.h"


def collect_evidence(
    extension: Extension, plan: Plan, build_temp: Path, *, compiler_type: str
) -> None:
    """Put abi3build's Python.h before Python's, and ask for dependency files.

    Does nothing for compilers without ``#include_next`` and ``-MD``, which are those of
    Microsoft, and where it was done before.
    """
    folder = build_temp / INCLUDE_FOLDER
    if compiler_type == "msvc" or str(folder) in extension.include_dirs:
        return
    # A copy in the build folder, by its relative path: the path of the environment
    # that a front end made for the build would be in the debug information.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _HEADER.name).write_bytes(_HEADER.read_bytes())
    extension.include_dirs = [str(folder), *extension.include_dirs]
    extension.define_macros = [*extension.define_macros, *_macros(plan)]
    extension.extra_compile_args = [
        "-MD",
        *_strictness(extension),
        *extension.extra_compile_args,
    ]


def _macros(plan: Plan) -> list[tuple[str, str | None]]:
    macros: list[tuple[str, str | None]] = [("ABI3BUILD_FLOOR", plan.target.floor.hex)]
    if plan.target.kind is TargetKind.ABI3T:
        macros.append(("ABI3BUILD_ABI3T", None))
    return macros


def _strictness(extension: Extension) -> list[str]:
    # GCC before 14 and Clang before 16 let an undeclared function pass with a warning;
    # the import then fails everywhere. The C++ compilers know no such option.
    suffixes = {Path(source).suffix.lower() for source in extension.sources}
    if extension.language in {None, "c"} and suffixes <= {".c", ".pyx", ".py"}:
        return ["-Werror=implicit-function-declaration"]
    return []
