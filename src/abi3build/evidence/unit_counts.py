"""How many translation units of each module read Python's headers.

Each of them leaves a note in the finished file; the wheel's record says how many to
expect.  A module that is up to date is not linked again, and a wheel may be made in a
later run than its modules, so the number is kept in the build folder.
"""

from __future__ import annotations

import re
from pathlib import Path

from abi3build.evidence.units import parse_dependency_file
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["keep_unit_count", "kept_unit_count"]

_FOLDER = "abi3build-units"
_PYTHON_HEADER = re.compile(r"(?:^|[/\\])Python\.h$")


def keep_unit_count(build_temp: Path, module: str, objects: Iterable[str]) -> None:
    """Count the units among the objects of a module, and keep the number."""
    place = build_temp / _FOLDER / module
    place.parent.mkdir(parents=True, exist_ok=True)
    count = _count_units(objects)
    place.write_text("" if count is None else str(count), encoding="ascii")


def kept_unit_count(build_temp: Path, module: str) -> int | None:
    """Give the number that was kept; None where the compile was not watched."""
    try:
        text = (build_temp / _FOLDER / module).read_text(encoding="ascii")
    except OSError:
        return None
    return int(text) if text else None


def _count_units(objects: Iterable[str]) -> int | None:
    watched, count = False, 0
    for each in objects:
        # A prebuilt object has no dependency file; another rule asks about it.
        path = Path(each).with_suffix(".d")
        if path.exists():
            watched = True
            text = path.read_text(encoding="utf-8", errors="replace")
            count += any(map(_PYTHON_HEADER.search, parse_dependency_file(text)))
    return count if watched else None
