"""Stamps that record everything that decides the result of a compile.

setuptools compares only the times of sources, so a changed flag, compiler or header
would leave old code in the wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from abi3build import __version__
from abi3build.evidence.shadowing import shadow_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Stamp",
    "command_ingredients",
    "digests_of",
    "from_portable",
    "ingredients",
    "is_current",
    "read_stamp",
    "remove_stamp",
    "to_portable",
    "write_stamp",
]


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
    "CCC_OVERRIDE_OPTIONS",
    "CL",
    "COMPILER_PATH",
    "CPATH",
    "CPLUS_INCLUDE_PATH",
    "C_INCLUDE_PATH",
    "DEVELOPER_DIR",
    "GCC_EXEC_PREFIX",
    "INCLUDE",
    "LD_RUN_PATH",
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
    """Return all that decides about one extension or static library, as data for JSON.

    The folders of the environment are left out, because a front end makes new ones for
    each build.
    """
    found = {
        "abi3build": __version__,
        "python": sys.version,
        "output": output,
        "declared": _attributes(declared, _DECLARED),
        "compiler": _attributes(compiler, _OF_COMPILER),
        "programs": _programs(compiler),
        "variables": _variables(),
    }
    result: dict[str, Any] = _plain(found)
    return result


def command_ingredients(words: Sequence[str]) -> dict[str, Any]:
    """Return all that decides about the object of one compile, except what it reads.

    The folder is part of it, because it is in the debug information.
    """
    found = {
        "abi3build": __version__,
        "folder": os.getcwd(),
        "programs": _identified(words),
        "variables": _variables(),
        "words": words,
    }
    result: dict[str, Any] = _plain(found)
    return result


def _variables() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in _VARIABLES}


def to_portable(path: str) -> str:
    """Replace the environment's folder at the start of a path with a mark."""
    return _portable(path, _environment_folders())


def _portable(path: str, folders: tuple[str, ...]) -> str:
    for folder in folders:
        if path.startswith(folder) and path.startswith(os.sep, len(folder)):
            return _ENVIRONMENT + path[len(folder) :]
    return path


def from_portable(path: str) -> list[str]:
    """Return the paths that a portable one may stand for in this environment."""
    if not path.startswith(_ENVIRONMENT):
        return [path]
    rest = path[len(_ENVIRONMENT) :]
    return [folder + rest for folder in _environment_folders()]


def _environment_folders() -> tuple[str, ...]:
    """Return the folders that differ from one build's environment to the next.

    Front ends make a virtual environment, or add folders to Python's path.
    """
    return _folders_of(os.getcwd(), tuple(sys.path), sys.prefix)


@cache
def _folders_of(here: str, path: Sequence[str], prefix: str) -> tuple[str, ...]:
    # It is asked for each file of each unit.
    folders = {os.path.abspath(each) for each in path if each}
    if prefix != sys.base_prefix:
        folders.add(prefix)
    # Not those in which the project lies: its own files have their names.
    found = (
        each for each in folders if not f"{here}{os.sep}".startswith(each + os.sep)
    )
    return tuple(sorted(found, key=len, reverse=True))


def _attributes(source: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name, None) for name in names}


def _programs(compiler: object) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for name in _PROGRAMS:
        found.update(_identified(getattr(compiler, name, None) or ()))
    return found


def _identified(words: Iterable[str]) -> dict[str, list[object]]:
    """Identify each program that a compile or link starts: ``ccache gcc`` has two.

    A program's size and time change with its version; asking for the version would take
    longer.
    """
    found: dict[str, list[object]] = {}
    for word in words:
        if word.startswith("-"):
            break
        path = shutil.which(word)
        if path is not None:
            status = os.stat(path)
            found[word] = [
                os.path.realpath(path),
                status.st_size,
                status.st_mtime_ns,
            ]
    return found


def _plain(value: Any) -> Any:
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


_FOLDER = "abi3build-stamps"


class Stamp(NamedTuple):
    """Describe what one extension was made from."""

    ingredients: Mapping[str, Any]
    files: Mapping[str, str]
    """The digest of each file that a unit read or the link took."""

    folders: tuple[str, ...] = ()
    """Where headers are looked for."""

    shadows: str = ""
    """Which files there are in them that have the name of one that was read."""


def digests_of(files: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """Return the digest of each file by its portable name; empty if it is not there."""
    names = [_plainly(os.fspath(file)) for file in files]
    folders = _environment_folders()
    return {_portable(name, folders): _digest(name) for name in names}


def _plainly(name: str) -> str:
    """Return a name in the form of ``Path``, which is slow for thousands of names."""
    return str(Path(name)) if "//" in name or "./" in name else name


def write_stamp(
    build_temp: Path,
    name: str,
    made_of: Mapping[str, Any],
    digests: Mapping[str, str],
    folders: Iterable[str] = (),
) -> None:
    """Write a stamp, such as an extension's by its dotted name.

    Takes the result of ``digests_of``, and the folders that are searched for headers.
    """
    searched = tuple(sorted({to_portable(folder) for folder in folders}))
    stamp = Stamp(made_of, digests, searched, _shadows(searched, digests))
    path = _path(build_temp, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(stamp._asdict(), sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_stamp(build_temp: Path, name: str) -> Stamp | None:
    """Read an extension's stamp; None if there is none or it is damaged."""
    return _read(_path(build_temp, name))


def remove_stamp(build_temp: Path, name: str) -> None:
    """Remove an extension's stamp, if there is one."""
    _path(build_temp, name).unlink(missing_ok=True)


def is_current(stamp: Stamp | None, made_of: Mapping[str, Any]) -> bool:
    """Tell whether an extension with this stamp is up to date."""
    if stamp is None or stamp.ingredients != made_of:
        return False
    if stamp.shadows != _shadows(stamp.folders, stamp.files):
        return False
    return all(
        any(_digest(path) == digest for path in from_portable(name))
        for name, digest in stamp.files.items()
    )


def _shadows(folders: Iterable[str], files: Iterable[str]) -> str:
    found = [each for folder in folders for each in from_portable(folder)]
    return shadow_digest(found, files)


def _path(build_temp: Path, name: str) -> Path:
    return build_temp / _FOLDER / f"{name}.json"


def _read(path: Path) -> Stamp | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(
            document["ingredients"],
            document["files"],
            tuple(document["folders"]),
            document["shadows"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@cache
def _digest_of(path: str, size: int, changed: int) -> str:
    # Many units read the same headers; what is generated meanwhile has a new time.
    del size, changed
    try:
        return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""
