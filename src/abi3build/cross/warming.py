"""Say once that a zig is about to build the C library of a platform for its cache.

zig compiles the C runtime when it is first needed: seconds for Linux and macOS, minutes
for Windows.  Its cache does not tell what it holds, so a mark inside it does.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.cross.toolchain import Toolchain

__all__ = ["is_warm", "mark_warm"]


def is_warm(toolchain: Toolchain, environ: Mapping[str, str], *, cxx: bool) -> bool:
    """Tell whether this zig has linked for this platform before, C++ asked apart.

    A compiler that is no zig is always ready.
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
    if os.name == "nt":
        return Path(environ.get("LOCALAPPDATA") or Path.home(), "zig")
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "zig")
