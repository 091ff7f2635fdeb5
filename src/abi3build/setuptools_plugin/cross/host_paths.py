"""Refuse to compile or link this machine's libraries into another platform's module."""

from __future__ import annotations

import os
import re
import sysconfig
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.platforms import System

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from setuptools.extension import Extension

    from abi3build.platforms import Platform

__all__ = ["refuse_host_paths", "refuse_missing_libraries"]

_OF_THE_HOST = tuple(
    PurePath(path)
    for path in (
        "/usr/include",
        "/usr/lib",
        "/usr/lib32",
        "/usr/lib64",
        "/usr/local/include",
        "/usr/local/lib",
        "/usr/local/lib64",
        "/lib",
        "/lib64",
        "/opt/homebrew",
        "/opt/local",
    )
)
_OPTION = re.compile(r"(?:-I|-L|-isystem|-idirafter|-iquote|-Wl,-rpath,|-Wl,-L)?(.*)")
_OF_LIBC = {
    System.GLIBC: frozenset({"c", "dl", "m", "pthread", "rt", "util", "stdc++", "c++"}),
    System.MUSL: frozenset({"c", "dl", "m", "pthread", "rt", "util", "stdc++", "c++"}),
    System.MACOS: frozenset({"System", "c", "dl", "m", "pthread", "c++"}),
}
"""The libraries that come with the C and C++ of a compiler for the system."""

_FILES = ("lib{}.a", "lib{}.so", "lib{}.dylib", "lib{}.tbd", "lib{}.dll.a", "{}.lib")


def refuse_host_paths(extension: Extension, platform: Platform) -> None:
    """Refuse folders and files of this machine's own libraries.

    Raise ``UsageError`` that names the place and the table to write instead.
    """
    for place, path in _paths(extension):
        if _is_of_the_host(path):
            message = (
                f"extension {extension.name}: {place} names {path}, which belongs to"
                f" this machine and not to {platform.tag}: leave it out for other"
                " platforms, and add what the platform needs to include-dirs and"
                f" library-dirs under [tool.abi3build.targets.{platform.tag}]"
            )
            raise UsageError(message)


def refuse_missing_libraries(
    extension: Extension,
    platform: Platform,
    folders: Sequence[str],
    brought: Iterable[str],
) -> None:
    """Refuse a library that is in none of the folders and not part of the compiler.

    ``brought`` are the libraries that the compiler includes in addition to those of its
    libc.  Raise ``UsageError``; otherwise a compiler would find this machine's, or
    nothing.
    """
    own = _OF_LIBC.get(platform.system, frozenset()) | set(brought)
    for name in extension.libraries:
        # The linkers of Windows take any case.
        written = name.lower() if platform.is_windows else name
        if written not in own and not _is_in(name, folders):
            message = (
                f"extension {extension.name} links the library {name}, but no folder is"
                f" given for {platform.tag}: name its folder in library-dirs under"
                f" [tool.abi3build.targets.{platform.tag}]"
            )
            raise UsageError(message)


def _paths(extension: Extension) -> Iterator[tuple[str, str]]:
    for key in ("include_dirs", "library_dirs", "runtime_library_dirs"):
        for path in getattr(extension, key):
            yield key, os.fspath(path)
    for key in ("extra_objects", "extra_compile_args", "extra_link_args"):
        for option in getattr(extension, key):
            yield key, _OPTION.sub(r"\1", os.fspath(option), count=1)
    for variable in ("CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS"):
        for option in os.environ.get(variable, "").split():
            yield (
                f"environment variable {variable}",
                _OPTION.sub(r"\1", option, count=1),
            )


def _is_of_the_host(written: str) -> bool:
    path = PurePath(os.path.normpath(written))
    if not path.is_absolute():
        return False
    # What pip installed is not a part of the system, wherever it lies: numpy's headers.
    installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    if any(_is_below(path, PurePath(folder)) for folder in installed if folder):
        return False
    own = sysconfig.get_config_var("LIBDIR")
    hosts = (*_OF_THE_HOST, PurePath(own)) if own else _OF_THE_HOST
    return any(_is_below(path, folder) for folder in hosts)


def _is_below(path: PurePath, folder: PurePath) -> bool:
    return path == folder or folder in path.parents


def _is_in(name: str, folders: Iterable[str]) -> bool:
    return any(
        Path(folder, pattern.format(name)).exists()
        for folder in folders
        for pattern in _FILES
    )
