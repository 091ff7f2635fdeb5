"""What a build said and what it made, in the words of the tests."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.building import Build
    from workbench.pythons import FoundPython

__all__ = ["abi3_pythons", "extension_files", "messages", "tag_without_platform"]

_SUFFIXES = (".pyd", ".so")


def messages(build: Build) -> str:
    """Return abi3build's own lines with the indented ones that belong to them."""
    lines: list[str] = []
    ours = False
    for line in build.stderr.splitlines():
        ours = line.startswith("abi3build: ") or (ours and line.startswith("  "))
        if ours:
            lines.append(line)
    return "\n".join(lines)


def extension_files(wheel: Path) -> list[str]:
    """Return the members with machine code, sorted."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if name.endswith(_SUFFIXES))


def tag_without_platform(wheel: Path) -> str:
    """Return the Python and the ABI of a wheel's name, such as ``cp39-abi3``."""
    return "-".join(wheel.stem.split("-")[-3:-1])


def abi3_pythons(pythons: Iterable[FoundPython]) -> list[FoundPython]:
    """Choose the newest release of each Python to which a floor of 3.9 promises."""
    chosen = {
        python.label: python
        for python in sorted(pythons)
        if python.minor >= (3, 9) and not python.free_threaded
    }
    return list(chosen.values())
