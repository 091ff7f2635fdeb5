"""Find zig, and say how it compiles and links for a platform.

zig includes the headers and libraries of every libc: https://ziglang.org/
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.platforms import System
from abi3build.surroundings import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.platforms import Platform

__all__ = ["Zig", "find_zig", "windows_libraries", "zig_target"]

_PROCESSORS = {
    "arm64": "aarch64",
    "armv7l": "arm",
    "i686": "x86",
    "ppc64le": "powerpc64le",
}
"""The names that zig has for processors, if they differ from the tag's."""

_LIBRARY_FOLDER = re.compile(r'lib_dir"?\s*[:=]\s*("(?:[^"\\]|\\.)*")')
_SECONDS = 60

_FIRST_GLIBC = {"powerpc64le": (2, 19)}
"""The oldest glibc that zig has, although PEP 599 allows an older one.

The symbols of 2.17 are in it anyway; the audit holds them against the tag.
``available_libcs`` in zig's own lib/std/zig/target.zig lists what it has.
"""


@dataclass(frozen=True)
class Zig:
    """Name the program of a zig, with whose path its cache goes."""

    place: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command that starts it."""
        return (str(self.place),)


def find_zig(written: str, source: str, environ: Mapping[str, str]) -> Zig | None:
    """Find the zig that the settings name, else that of ``PATH``, else ``ziglang``'s.

    ``source`` says where the settings name it.  Return None if there is none, and
    raise ``UsageError`` if the settings' own is not there.
    """
    if written:
        place = find_program(written, environ)
        if place is None:
            message = (
                f"{source} names {written}, but there is no such program: correct it"
            )
            raise UsageError(message)
        return Zig(Path(place))
    place = find_program("zig", environ)
    if place is not None:
        return Zig(Path(place))
    package = find_spec("ziglang")
    if package is None or package.origin is None:
        return None
    # What its __main__ starts: without it each command is one process less.
    name = "zig.exe" if os.name == "nt" else "zig"
    return Zig(Path(package.origin).with_name(name))


def zig_target(platform: Platform) -> str:
    """Return zig's name of a platform, such as ``aarch64-linux-gnu.2.17``."""
    processor = _PROCESSORS.get(platform.machine, platform.machine)
    if platform.is_windows:
        return f"{processor}-windows-gnu"
    if platform.system is System.MACOS:
        return f"{processor}-macos.{_dotted(platform.version)}"
    libc = "gnu" if platform.system is System.GLIBC else "musl"
    if platform.machine == "armv7l":
        libc += "eabihf"
    if platform.system is System.MUSL:
        return f"{processor}-linux-{libc}"
    version = max(platform.version, _FIRST_GLIBC.get(processor, platform.version))
    return f"{processor}-linux-{libc}.{_dotted(version)}"


def windows_libraries(zig: Zig) -> frozenset[str]:
    """Return the names of the system's libraries for Windows that come with a zig.

    They are the import libraries of MinGW-w64; the names are in lower case.
    """
    done = subprocess.run(
        [*zig.command, "env"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=_SECONDS,
    )
    # JSON before 0.15, ZON since: strings look the same in both.
    match = _LIBRARY_FOLDER.search(done.stdout)
    folder = Path(json.loads(match[1])) if match else zig.place.with_name("lib")
    lists = folder.glob("libc/mingw/lib*/*.def*")
    return frozenset(path.name.partition(".")[0].lower() for path in lists)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
