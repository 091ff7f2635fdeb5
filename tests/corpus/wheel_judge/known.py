"""What CPython itself has: the manifest of the stable ABI, and real exports.

The manifest is read through abi3info.  What interpreters export beyond it is read with
``nm`` from the interpreters on this machine, or from a file made so before: JSON, a
list of names for each minor version.  What each release's ``python3.dll`` has is read
from a file too, for want of Windows.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from abi3info import DATAS, FUNCTIONS

from wheel_judge.evidence import is_python_like, run_tool

_WHERE_LIBRARY = """
import sysconfig
value = sysconfig.get_config_var
print(value("LIBDIR"), value("LDLIBRARY"), sep="/")
"""

__all__ = ["Known", "read_known"]


@dataclass
class Known:
    """Hold what CPython has, by name."""

    added: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Since when a name is in the stable ABI."""

    condition: dict[str, str] = field(default_factory=dict)
    exported: dict[str, list[int]] = field(default_factory=dict)
    """The minor versions whose Linux build exports a name."""

    dll: dict[str, list[str]] = field(default_factory=dict)
    """The releases whose python3.dll has a name."""

    dll_releases: list[str] = field(default_factory=list)


def read_known(exports: Path | None, dll_exports: Path | None) -> Known:
    """Collect what is known; without a file, from the interpreters on PATH."""
    known = Known()
    for item in (*FUNCTIONS.values(), *DATAS.values()):
        known.added[item.symbol.name] = (item.added.major, item.added.minor)
        known.condition[item.symbol.name] = item.ifdef or ""
    versions = json.loads(exports.read_text()) if exports else _installed()
    for minor, names in versions.items():
        for name in names:
            known.exported.setdefault(name, []).append(int(minor))
    if dll_exports:
        releases = json.loads(dll_exports.read_text())
        known.dll_releases = list(releases)
        for release, names in releases.items():
            for name in names:
                known.dll.setdefault(name, []).append(release)
    return known


def _installed() -> dict[str, list[str]]:
    folders = {Path(folder) for folder in os.get_exec_path()}
    folders.add(Path(sys.executable).parent)
    found: dict[str, list[str]] = {}
    for folder in sorted(folders):
        for program in sorted(folder.glob("python3.*")):
            match = re.fullmatch(r"python3\.(\d+)", program.name)
            if match and match[1] not in found:
                found[match[1]] = _names(program)
    return found


def _names(program: Path) -> list[str]:
    library = run_tool(str(program), "-c", _WHERE_LIBRARY).strip()
    text = run_tool("nm", "-D", "--defined-only", str(program.resolve()))
    if library.endswith(".so"):
        text += run_tool("nm", "-D", "--defined-only", library)
    names = (line.split()[-1].partition("@")[0] for line in text.splitlines() if line)
    return sorted(set(filter(is_python_like, names)))
