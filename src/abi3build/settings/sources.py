"""The three places where a setting can be written, in one shape.

The file, the ``-C`` settings of PEP 517 and the environment each become a
``Source``: the values by key, and for each value the name by which the user knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from abi3build.config_settings import OF_SETUPTOOLS
from abi3build.light_typing import TYPE_CHECKING
from abi3build.nearest import nearest
from abi3build.settings.model import KEYS
from abi3build.settings.table import Place, bare

if TYPE_CHECKING:
    from abi3build.settings.table import FaultCollector

__all__ = [
    "REPORT_VARIABLE",
    "Source",
    "concerns_abi3build",
    "read_command",
    "read_environment",
    "read_table",
    "variable",
]

_PREFIX = "ABI3BUILD_"

REPORT_VARIABLE = "ABI3BUILD_REPORT"
"""The one such variable that is no setting: it changes nothing in what is built."""

_SAME = {key: key for key in KEYS}


@dataclass(frozen=True)
class Source:
    """Hold everything that one place says."""

    values: Mapping[str, tuple[Place, object]]
    """What is written and where, by key, whatever the source's own spelling is."""

    meant: frozenset[str] = frozenset()
    """The keys that may be meant by what could not be understood."""


@dataclass(frozen=True)
class _Spelling:
    """Say how one source writes the keys."""

    keys: Mapping[str, str]
    """The keys by the name that the source has for them."""

    place_of: Callable[[str], Place]
    noun: str = "key"


def variable(key: str) -> str:
    """Give the environment variable of a key, such as ``ABI3BUILD_MIN_PYTHON``."""
    return _PREFIX + key.upper().replace("-", "_")


def concerns_abi3build(config_settings: Mapping[str, object]) -> bool:
    """Tell whether a ``-C`` setting is one of these, or one of these misspelt."""
    return any(
        nearest(key, KEYS) for key in config_settings if key not in OF_SETUPTOOLS
    )


def read_table(
    pyproject: Mapping[str, object], faults: FaultCollector
) -> Source | None:
    """Read ``[tool.abi3build]``; give None where there is no such table."""
    tool = pyproject.get("tool", {})
    if not isinstance(tool, Mapping):
        faults.add(Place("tool").misfit(tool, "a table"))
        return Source({}, frozenset(KEYS))
    if "abi3build" not in tool:
        return None
    place = Place("tool.abi3build")
    table = tool["abi3build"]
    if not isinstance(table, Mapping):
        faults.add(place.misfit(table, "a table, [tool.abi3build]"))
        return Source({}, frozenset(KEYS))
    return _sort_out(table, _Spelling(_SAME, place.key), faults)


def read_command(
    config_settings: Mapping[str, object], faults: FaultCollector
) -> Source:
    """Read the ``-C`` settings, those of setuptools left out."""
    own = {
        key: value for key, value in config_settings.items() if key not in OF_SETUPTOOLS
    }
    return _sort_out(own, _Spelling(_SAME, _option), faults)


def read_environment(environ: Mapping[str, str], faults: FaultCollector) -> Source:
    """Read the ``ABI3BUILD_*`` variables; one without a value counts as not set."""
    own = {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIX) and value and name != REPORT_VARIABLE
    }
    names = {variable(key): key for key in KEYS}
    return _sort_out(own, _Spelling(names, _variable_place, "variable"), faults)


def _option(key: str) -> Place:
    return Place(f"-C {bare(key)}", textual=True)


def _variable_place(name: str) -> Place:
    return Place(bare(name), textual=True, kind="environment variable")


def _sort_out(
    written: Mapping[str, object], spelling: _Spelling, faults: FaultCollector
) -> Source:
    values, meant = {}, set()
    for name, value in written.items():
        place = spelling.place_of(name)
        if name in spelling.keys:
            values[spelling.keys[name]] = (place, value)
            continue
        close = nearest(name, spelling.keys)
        if close is not None:
            meant.add(spelling.keys[close])
        faults.add(place.unknown(name, spelling.keys, spelling.noun))
    return Source(values, frozenset(meant))
