"""The commands that compile and link for one platform."""

from __future__ import annotations

import hashlib
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.cross.zig import find_zig, zig_target
from abi3build.errors import UsageError
from abi3build.platforms import System
from abi3build.surroundings import find_program, home_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.cross.zig import Zig
    from abi3build.platforms import Platform
    from abi3build.settings.model import Settings

__all__ = ["Toolchain", "find_toolchain", "is_warm", "lacks_zig", "mark_warm"]


def is_warm(toolchain: Toolchain, environ: Mapping[str, str], *, cxx: bool) -> bool:
    """Tell whether this zig has linked for this platform before; C++ counts separately.

    A compiler that is not a zig is always ready.
    """
    return toolchain.zig is None or _mark(toolchain, environ, cxx=cxx).exists()


def mark_warm(toolchain: Toolchain, environ: Mapping[str, str], *, cxx: bool) -> None:
    """Remember a link that worked; a cache that cannot be written to is left alone."""
    if toolchain.zig is None:
        return
    mark = _mark(toolchain, environ, cxx=cxx)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        return


def _mark(toolchain: Toolchain, environ: Mapping[str, str], *, cxx: bool) -> Path:
    place = toolchain.zig.place if toolchain.zig is not None else Path()
    parts = [str(place.resolve()), _age(place), *toolchain.c[-1:], str(cxx)]
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return _cache(environ) / "abi3build" / name


def _age(place: Path) -> str:
    try:
        return str(place.stat().st_mtime_ns)
    except OSError:
        return ""


def _cache(environ: Mapping[str, str]) -> Path:
    # lib/std/Build/Cache.zig and src/introspect.zig of https://github.com/ziglang/zig
    given = environ.get("ZIG_GLOBAL_CACHE_DIR")
    if given:
        return Path(given)
    home = home_folder()
    if os.name == "nt":
        base = environ.get("LOCALAPPDATA") or home
    else:
        base = environ.get("XDG_CACHE_HOME") or (home and home / ".cache")
    if base:
        return Path(base, "zig")
    message = (
        "zig needs a folder for its cache, but there is no home directory: set"
        " ZIG_GLOBAL_CACHE_DIR to a directory"
    )
    raise UsageError(message)


_COMPILE = ("-O2", "-g", "-fwrapv", "-DNDEBUG", "-Wall")
"""What CPython's own builds use everywhere, and nothing that depends on a processor."""


@dataclass(frozen=True)
class Toolchain:
    """List the commands for one platform, each with the options that it needs."""

    c: tuple[str, ...]
    cxx: tuple[str, ...]
    archiver: tuple[str, ...]
    """Empty if the settings name a compiler, since it is not known then."""

    compile_options: tuple[str, ...]
    link_options: tuple[str, ...]
    zig: Zig | None = None
    """The zig behind the commands; None if the settings name a compiler."""


def find_toolchain(
    platform: Platform, settings: Settings, environ: Mapping[str, str]
) -> Toolchain:
    """Find what compiles for a platform: the compiler in the settings, else a zig.

    ``platform`` is one slice.  Raise ``UsageError`` if there is nothing.
    """
    compile_options = _COMPILE if platform.is_windows else (*_COMPILE, "-fPIC")
    named = settings.settings_for(platform)
    if named.compiler:
        c = _command(named.compiler, platform, "compiler", environ)
        cxx_written = named.cxx_compiler or named.compiler
        cxx = _command(cxx_written, platform, "cxx-compiler", environ)
        return Toolchain(c, cxx, (), compile_options, _link_options(platform))
    zig = find_zig(settings.zig, settings.source_of("zig"), environ)
    if zig is None:
        message = (
            f"building for {platform.tag} needs zig, which was not found: install"
            " abi3build[cross], put zig on PATH, or name a compiler as"
            f" tool.abi3build.targets.{platform.tag}.compiler"
        )
        raise UsageError(message)
    target = ("-target", zig_target(platform))
    return Toolchain(
        (*zig.command, "cc", *target),
        (*zig.command, "c++", *target),
        (*zig.command, "ar", "-cr"),
        # Without it an -O0 of the user's makes zig add a run-time library of checks.
        (*compile_options, "-fno-sanitize=undefined"),
        (*_link_options(platform), "-s"),
        zig,
    )


def lacks_zig(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether a build under these settings needs a zig that is not there."""
    needed = any(
        not settings.settings_for(platform).compiler for platform in settings.target
    )
    return needed and find_zig(settings.zig, settings.source_of("zig"), environ) is None


def _link_options(platform: Platform) -> tuple[str, ...]:
    if platform.system is System.MACOS:
        # Python itself has the symbols, wherever its library is.
        return ("-shared", "-undefined", "dynamic_lookup")
    return ("-shared",)


def _command(
    written: str, platform: Platform, key: str, environ: Mapping[str, str]
) -> tuple[str, ...]:
    words = tuple(shlex.split(written, posix=os.name != "nt"))
    if words and find_program(words[0], environ) is not None:
        return words
    message = (
        f"tool.abi3build.targets.{platform.tag}.{key} names {written}, but there is no"
        " such program: install it, or remove the key to build with zig"
    )
    raise UsageError(message)
