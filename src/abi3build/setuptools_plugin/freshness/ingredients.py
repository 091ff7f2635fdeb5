"""Everything besides sources that decides what a compile makes.

setuptools looks at the age of sources alone, so a changed flag, compiler or macro would
leave what was built before: https://github.com/pypa/setuptools/issues/1732
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from abi3build import __version__
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["from_portable", "ingredients", "to_portable"]

_DECLARED = (
    "cflags",
    "define_macros",
    "depends",
    "export_symbols",
    "extra_compile_args",
    "extra_link_args",
    "extra_objects",
    "include_dirs",
    "language",
    "libraries",
    "library_dirs",
    "macros",
    "obj_deps",
    "runtime_library_dirs",
    "sources",
    "swig_opts",
    "undef_macros",
)
_OF_COMPILER = (
    "compiler",
    "compiler_cxx",
    "compiler_so",
    "compiler_so_cxx",
    "compiler_type",
    "include_dirs",
    "libraries",
    "library_dirs",
    "linker_so",
    "linker_so_cxx",
    "macros",
    "objects",
    "runtime_library_dirs",
)
_PROGRAMS = ("compiler_so", "compiler_so_cxx", "linker_so", "linker_so_cxx")
_VARIABLES = (
    "ARCHFLAGS",
    "CL",
    "CPATH",
    "CPLUS_INCLUDE_PATH",
    "C_INCLUDE_PATH",
    "INCLUDE",
    "LIB",
    "LIBRARY_PATH",
    "LINK",
    "MACOSX_DEPLOYMENT_TARGET",
    "SDKROOT",
    "_CL_",
    "_LINK_",
)
"""What compilers read besides the flags that setuptools joins into their commands."""

_ENVIRONMENT = "<environment>"


def ingredients(declared: object, compiler: object, output: str) -> dict[str, Any]:
    """Give what decides about one extension or static library as data for JSON.

    The folders of the environment are left out: a front end makes one for each build.
    """
    found = {
        "abi3build": __version__,
        "python": sys.version,
        "output": output,
        "declared": _attributes(declared, _DECLARED),
        "compiler": _attributes(compiler, _OF_COMPILER),
        "programs": _programs(compiler),
        "variables": {name: os.environ.get(name, "") for name in _VARIABLES},
    }
    result: dict[str, Any] = _plain(found)
    return result


def to_portable(path: str) -> str:
    """Put a mark in place of the environment's folder at the start of a path."""
    for folder in _environment_folders():
        if path.startswith(folder + os.sep):
            return _ENVIRONMENT + path[len(folder) :]
    return path


def from_portable(path: str) -> list[Path]:
    """Give the paths that a portable one may stand for in this environment."""
    if not path.startswith(_ENVIRONMENT):
        return [Path(path)]
    rest = path[len(_ENVIRONMENT) :]
    return [Path(folder + rest) for folder in _environment_folders()]


def _environment_folders() -> list[str]:
    """Give the folders that differ from one build's environment to the next.

    Front ends make a virtual environment, or put folders on Python's path.
    """
    here = os.getcwd()  # noqa: PTH109 - compared as text
    folders = {os.path.abspath(each) for each in sys.path if each}  # noqa: PTH100
    if sys.prefix != sys.base_prefix:
        folders.add(sys.prefix)
    return sorted((each for each in folders if each != here), key=len, reverse=True)


def _attributes(source: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name, None) for name in names}


def _programs(compiler: object) -> dict[str, list[object]]:
    """Identify each program that a compile or link starts: ``ccache gcc`` has two.

    Its size and time change with its version, and asking it would take longer.
    """
    found: dict[str, list[object]] = {}
    for name in _PROGRAMS:
        for word in getattr(compiler, name, None) or ():
            if word.startswith("-"):
                break
            path = shutil.which(word)
            if path is not None:
                status = Path(path).stat()
                found[word] = [
                    str(Path(path).resolve()),
                    status.st_size,
                    status.st_mtime_ns,
                ]
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a setup.py says
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (str, os.PathLike)):
        return _without_environment(os.fspath(value))
    return value if isinstance(value, (int, type(None))) else str(value)


def _without_environment(text: str) -> str:
    for folder in _environment_folders():
        text = text.replace(folder + os.sep, _ENVIRONMENT + os.sep)
    return text
