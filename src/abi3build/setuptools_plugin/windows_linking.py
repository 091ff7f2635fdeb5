"""Link extensions with the library of the stable ABI on Windows.

Microsoft's compiler finds in ``pyconfig.h`` which library to request.  For every other
one, setuptools names the library of one Python version, whatever the extension
promises: https://github.com/pypa/setuptools/issues/4224
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["provide_library", "set_microsoft_options", "stable_libraries"]

_VERSIONED = re.compile(r"python3\.?[0-9]+t?(?:_d|d)?")
_FOLDER = "abi3build-libraries"

_FILE_NAMES = ("lib{}.dll.a", "{}.dll.a", "lib{}.a", "{}.lib")
"""What linkers look for when they are told to link a library by its name."""

_MACHINES = {"win-amd64": "X86_64", "win-arm64": "ARM64", "win32": "X86"}
"""The name of a ``Machine`` by that of the platform, as ``sysconfig`` has it."""


def stable_libraries(libraries: Iterable[str], plan: Plan) -> list[str]:
    """Replace the library of one Python version with that of the stable ABI.

    These are ``python313``, python.org's name, and ``python3.13``, MSYS2's, each with
    ``t`` for free-threaded Pythons or ``_d`` for debug builds.
    """
    return [
        _library_name(plan) if _VERSIONED.fullmatch(library) else library
        for library in libraries
    ]


def set_microsoft_options(extension: Extension, plan: Plan, *, debug: bool) -> None:
    """Keep Microsoft's linker from using the library of one Python version.

    ``/GL-`` undoes setuptools' ``/GL``, which leaves no machine code in the objects, so
    that nothing could be read from them; it costs inlining across sources.

    Raise ``UsageError`` for debug builds, for which ``pyconfig.h`` requests the debug
    library whatever the macro says (https://github.com/python/cpython/issues/107585).
    """
    version = plan.builder.version
    threads = "t" if plan.builder.free_threaded else ""
    own = f"python{version.major}{version.minor}{threads}"
    if debug:
        message = (
            f"extension {extension.name}: with --debug, Microsoft's compiler links"
            f" {own}_d.dll, which only debug builds of Python {version} have: leave out"
            ' --debug; for debug information set extra_compile_args = ["/Zi"] and'
            ' extra_link_args = ["/DEBUG"]'
        )
        raise UsageError(message)
    without = f"/NODEFAULTLIB:{own}.lib"
    if without not in extension.extra_link_args:
        extension.extra_link_args = [*extension.extra_link_args, without]
        extension.extra_compile_args = ["/GL-", *extension.extra_compile_args]


def provide_library(
    extension: Extension,
    plan: Plan,
    folders: Iterable[str],
    platform: str,
    build_temp: Path,
) -> None:
    """Make sure that the linker finds a library of the stable ABI.

    If none of the folders has one, it is written for the target's floor.  Raise
    ``UsageError`` if that would not help: the Pythons of MSYS2 have a DLL of another
    name, ``libpython3.dll``, and a library for it since August 2023
    (https://github.com/msys2-contrib/cpython-mingw/pull/148).
    """
    name = _library_name(plan)
    files = [pattern.format(name) for pattern in _FILE_NAMES]
    if any(Path(folder, file).exists() for folder in folders for file in files):
        return
    if platform.startswith("mingw"):
        message = (
            f"{plan.builder.label} for MinGW has no lib{name}.dll.a to link extensions"
            " for the stable ABI with: install a newer build of it, or set abi3 = false"
        )
        raise UsageError(message)
    if platform in _MACHINES:
        # On other systems no build has a use for them.
        from abi3build.import_libraries.import_objects import Machine
        from abi3build.import_libraries.writing import write_import_library

        folder = build_temp / _FOLDER
        target = plan.target
        write_import_library(
            folder,
            target.floor,
            Machine[_MACHINES[platform]],
            abi3t=target.kind is TargetKind.ABI3T,
        )
        extension.library_dirs = [*extension.library_dirs, str(folder)]


def _library_name(plan: Plan) -> str:
    return "python3t" if plan.target.kind is TargetKind.ABI3T else "python3"
