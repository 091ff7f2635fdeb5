#!/usr/bin/env python3
"""Bring Debian's Pythons for other processors, run by qemu, for tests marked ``lab``.

Works on Debian for amd64, as any user: packages are unpacked beside the system, in the
folder foreign of the lab, which is $ABI3_LAB or ~/.cache/abi3-lab.  What is there
already is left alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from debian import Suite, call, why_not_debian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.foreign import ForeignPython

sys.path.append(str(Path(__file__).resolve().parents[1]))
from workbench.foreign import FOREIGN_PYTHONS
from workbench.pythons import lab_folder

__all__ = ["main"]

_PACKAGES = ("libpython{0}-minimal", "libpython{0}-stdlib", "python{0}-minimal")
_LIBRARIES = ("libc6", "libcrypt1", "libexpat1", "libffi8", "libgcc-s1", "zlib1g")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    names = [*FOREIGN_PYTHONS, "all"]
    parser.add_argument(
        "label", nargs="*", choices=names, default="all", metavar="LABEL"
    )
    parser.add_argument(
        "--require", action="store_true", help="fail where this machine has no lab"
    )
    options = parser.parse_args(arguments)
    everything = "all" in options.label
    labels = FOREIGN_PYTHONS if everything else options.label
    wanted = [FOREIGN_PYTHONS[label] for label in labels]
    missing = [python for python in wanted if not python.root.exists()]
    obstacle = why_not_debian() if missing else None
    if obstacle:
        _say(f"Pythons for other processors cannot be made here: {obstacle}")
        return 1 if options.require else 0
    try:
        for python in missing:
            _make(python)
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stdout", None) or ""
        _say(f"{error}\n{output[-2000:]}".rstrip())
        return 1
    return 0


def _make(python: ForeignPython) -> None:
    _say(f"taking Python {python.version} for {python.machine} from {python.suite}")
    home = lab_folder() / "apt" / f"{python.suite}-{python.debian}"
    suite = Suite(python.suite, home, python.debian)
    draft = python.root.with_name(f"{python.root.name}.draft")
    packages = [pattern.format(python.version) for pattern in _PACKAGES]
    suite.download([*packages, *_LIBRARIES], draft / "debs")
    for package in sorted((draft / "debs").glob("*.deb")):
        call("dpkg", "-x", package, draft)
        package.unlink()
    for name in ("lib", "lib64"):
        if not (draft / name).exists() and (draft / "usr" / name).exists():
            (draft / name).symlink_to(f"usr/{name}")
    draft.rename(python.root)


def _say(text: str) -> None:
    sys.stdout.write(f"lab: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
