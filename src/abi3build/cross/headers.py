"""Python's headers for another platform: the builder's own, with another pyconfig.h.

The headers of CPython are the same everywhere but for ``pyconfig.h``, which says what
./configure found on one machine.  ``Python.h`` takes the one beside itself, so a copy
is the only way around it: Debian's has no include guard that could be defined before.
"""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["make_headers"]

_CONFIGURATION = Path(__file__).parent.parent / "include" / "pyconfig.h"


def make_headers(source: Path, folder: Path) -> Path:
    """Copy the headers below ``source`` into a folder; give the folder.

    What is there already is replaced: the builder may have been upgraded.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, ignore=_all_but_headers)
    shutil.copyfile(_CONFIGURATION, folder / _CONFIGURATION.name)
    return folder


def _all_but_headers(folder: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if not name.endswith(".h") and not Path(folder, name).is_dir()
    ]
