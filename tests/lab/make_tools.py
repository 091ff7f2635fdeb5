#!/usr/bin/env python3
"""Install Debian's compilers and runners for tests marked ``lab``.

Works on Debian for amd64, as root.  What is on ``PATH`` already is left alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from debian import call, why_not_debian

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TOOLS", "main"]

TOOLS = {
    "ccache": ("ccache",),
    "chromium": ("chromium",),
    "clang": ("clang",),
    "ld.lld": ("lld",),
    "lld-link": ("lld",),
    "llvm-nm": ("llvm",),
    "qemu-aarch64-static": ("qemu-user-static",),
    "wine": ("wine", "wine64"),
    "x86_64-w64-mingw32-g++-win32": ("g++-mingw-w64-x86-64-win32",),
    "x86_64-w64-mingw32-gcc-win32": ("gcc-mingw-w64-x86-64-win32",),
}
"""By the command that tests look for, the packages that bring it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Install what is missing; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    names = [*TOOLS, "all"]
    parser.add_argument(
        "command", nargs="*", choices=names, default="all", metavar="COMMAND"
    )
    parser.add_argument(
        "--require", action="store_true", help="fail where this machine has no lab"
    )
    options = parser.parse_args(arguments)
    wanted = list(TOOLS) if "all" in options.command else options.command
    missing = [command for command in wanted if shutil.which(command) is None]
    if not missing:
        return 0
    obstacle = why_not_debian() or _why_not_root()
    if obstacle:
        _say(f"{', '.join(missing)} cannot be installed here: {obstacle}")
        return 1 if options.require else 0
    packages = sorted({package for each in missing for package in TOOLS[each]})
    _say(f"installing {', '.join(packages)}")
    try:
        _install(packages)
    except subprocess.CalledProcessError as error:
        _say(f"{error}\n{error.stdout[-2000:]}".rstrip())
        return 1
    return 0


def _install(packages: Sequence[str]) -> None:
    patience = ("-o", "DPkg::Lock::Timeout=600")
    call("apt-get", *patience, "update")
    lean = ("--no-install-recommends", "--yes")
    call("apt-get", *patience, "install", *lean, *packages)


def _why_not_root() -> str | None:
    return None if os.geteuid() == 0 else "only root can install packages"


def _say(text: str) -> None:
    sys.stdout.write(f"lab: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
