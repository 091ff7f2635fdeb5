"""The headers of the installed Pythons, with which changes are tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.targets.interpreters import find_interpreters
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["HeaderSet", "find_header_sets"]

_QUESTION = """
import json, os, sysconfig
paths = sysconfig.get_paths()
found = [paths["include"], paths["platinclude"], sysconfig.get_config_var("INCLUDEDIR")]
print(json.dumps([each for each in found if each and os.path.isdir(each)]))
"""


@dataclass(frozen=True, order=True)
class HeaderSet:
    """Contain the folders with one version's headers."""

    version: PythonVersion
    folders: tuple[str, ...]


def find_header_sets(oldest: PythonVersion) -> tuple[HeaderSet, ...]:
    """Return the headers of each version here from ``oldest`` on, oldest first.

    Only those of builds with the GIL and without debugging count: others have another
    meaning of some names.
    """
    sets: dict[PythonVersion, HeaderSet] = {}
    for interpreter in find_interpreters(os.environ).interpreters:
        builder = interpreter.builder
        if builder.implementation != "cpython" or builder.version < oldest:
            continue
        if builder.free_threaded or builder.debug or builder.version in sets:
            continue
        folders = _folders(interpreter.path)
        if folders and _are_there(folders):
            sets[builder.version] = HeaderSet(builder.version, folders)
    running = PythonVersion(*sys.version_info[:2])
    others = sorted(each for each in sets.values() if each.version != running)
    own = [sets[running]] if running in sets else []
    return tuple(_few(own, others))


def _few(own: list[HeaderSet], others: list[HeaderSet]) -> Iterable[HeaderSet]:
    """Yield the running Python's headers, the oldest and the newest other ones."""
    yield from own
    if others:
        yield others[0]
    if len(others) > 1:
        yield others[-1]


def _folders(python: Path) -> tuple[str, ...]:
    try:
        run = subprocess.run(
            [python, "-I", "-S", "-c", _QUESTION],
            capture_output=True,
            check=True,
            timeout=30,
        )
        return tuple(dict.fromkeys(json.loads(run.stdout)))
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def _are_there(folders: tuple[str, ...]) -> bool:
    return any(os.path.isfile(os.path.join(each, "Python.h")) for each in folders)  # noqa: PTH113, PTH118 - one check
