"""One small reader for each kind of setting: a written value becomes a typed one.

A reader takes the place of the value, for its messages, and raises
``SettingsError`` with every fault that it sees.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Callable, TypeVar

from abi3build.light_typing import TYPE_CHECKING
from abi3build.nearest import nearest
from abi3build.settings.model import Parallel, Waiver
from abi3build.settings.table import FaultCollector, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.settings.table import Place

__all__ = ["Reader", "choice_of", "read_parallel", "read_switch", "read_waivers"]

_Read = TypeVar("_Read")
_Choice = TypeVar("_Choice", bound=Enum)

Reader = Callable[["Place", object], _Read]
"""What every function of this module is."""

_SWITCHES = {"true": True, "false": False, "1": True, "0": False}
_COUNT = re.compile(r"[0-9]{1,6}")
_WAIVER_KEYS = {
    "symbol": 'a string such as "PyFoo*"',
    "reason": "a string that says why it is safe",
}


def choice_of(kind: type[_Choice]) -> Reader[_Choice]:
    """Make the reader for the values of an enumeration."""
    choices: tuple[str, ...] = tuple(each.value for each in kind)

    def read(place: Place, value: object) -> _Choice:
        if not isinstance(value, str):
            raise place.misfit(value, listed(choices))
        if value not in choices:
            raise place.mistake(value, listed(choices), _did_you_mean(value, choices))
        return kind(value)

    return read


def read_switch(place: Place, value: object) -> bool:
    """Read a boolean; as text ``true``, ``false``, ``1`` or ``0``."""
    if isinstance(value, bool):
        return value
    if place.textual and isinstance(value, str):
        if value in _SWITCHES:
            return _SWITCHES[value]
        raise place.mistake(value, listed(_SWITCHES), _did_you_mean(value, _SWITCHES))
    raise place.misfit(value, "true or false")


def read_parallel(place: Place, value: object) -> Parallel:
    """Read a number of translation units, or ``auto``."""
    if place.textual and isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if value == "auto":
        return Parallel()
    expected = 'a positive integer or "auto"'
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.misfit(value, expected, _without_quotes(place, value))
    if value < 1:
        raise place.mistake(value, expected)
    return Parallel(value)


def read_waivers(place: Place, value: object) -> tuple[Waiver, ...]:
    """Read the array of ``allow``, which only the file can hold."""
    if place.textual:
        message = (
            "waivers carry their reasons, so they stand only in the file: write them"
            " under [[tool.abi3build.allow]] in pyproject.toml"
        )
        raise place.fault(message)
    if not isinstance(value, list):
        raise place.misfit(value, "an array of tables with symbol and reason")
    faults = FaultCollector()
    waivers = []
    for index, item in enumerate(value):
        with faults.collect():
            waivers.append(_read_waiver(place.item(index), item))
    faults.settle()
    return tuple(waivers)


def _read_waiver(place: Place, value: object) -> Waiver:
    if not isinstance(value, dict):
        raise place.misfit(value, "a table with symbol and reason")
    faults = FaultCollector()
    unknown = [key for key in value if key not in _WAIVER_KEYS]
    for key in unknown:
        faults.add(place.key(key).unknown(key, _WAIVER_KEYS))
    misspelt = {nearest(key, _WAIVER_KEYS) for key in unknown}
    parts = {}
    for key, expected in _WAIVER_KEYS.items():
        if key in value or key not in misspelt:
            with faults.collect():
                parts[key] = _read_words(place.key(key), value.get(key), expected)
    faults.settle()
    return Waiver(**parts)


def _read_words(place: Place, value: object, expected: str) -> str:
    if value is None:
        message = f"missing, expected {expected}"
        raise place.fault(message)
    if not isinstance(value, str):
        raise place.misfit(value, expected)
    if not value.strip():
        raise place.mistake(value, expected)
    return value


def _did_you_mean(value: str, choices: Iterable[str]) -> str:
    close = nearest(value, choices)
    return "" if close is None else f", did you mean {quoted(close)}?"


def _without_quotes(place: Place, value: object) -> str:
    if not place.textual and isinstance(value, str) and _COUNT.fullmatch(value):
        return f": write {int(value)} without quotes"
    return ""
