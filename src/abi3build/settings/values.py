"""One small reader for each kind of setting: a written value becomes a typed one.

A reader takes the place of the value, for its messages, and raises what is wrong.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Callable, TypeVar

from abi3build.settings.messages import FaultCollector, listed, quoted
from abi3build.settings.model import Native, Parallel, Waiver
from abi3build.versions import FIRST_STABLE_ABI, NEWEST_KNOWN, PythonVersion
from abi3build.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.settings.messages import KeyPlace

__all__ = [
    "Reader",
    "choice_of",
    "is_known",
    "read_floor",
    "read_native",
    "read_parallel",
    "read_switch",
    "read_waivers",
]


_EXPECTED = f'a Python version from "{FIRST_STABLE_ABI}" to "{NEWEST_KNOWN}"'

_HEXADECIMAL = re.compile(r"0[xX]0?3[0-9a-fA-F]{6}")
_PATCH_LEVEL = re.compile(r"3\.[0-9]{1,2}\.[0-9]\w*")
_LOOSE = re.compile(
    r"\s*(?:cpython|python|cp|py|v)?[-<>=~!^\s]*"
    r"3(?:[._,-]?0?([0-9]{1,2}))?"
    r"(?:\.(?:\*|[0-9]\w*)|t|\+|-abi3t?|-dev)?\s*",
    re.IGNORECASE,
)
_CUT, _WHOLE = PythonVersion(3, 1), PythonVersion(3, 10)
"""What YAML and TOML leave of 3.10 written as a number, and what it was."""

_TAKEN_FOR_DIGITS = str.maketrans("OoIl", "0011")
"""Letters that look like digits; no spelling of a version has one of them."""

_LARGEST_SPELLING = 0xFFFF
"""Integers above it can only be a value of ``Py_LIMITED_API``."""


def is_known(version: PythonVersion) -> bool:
    """Tell whether the tables of this package cover a floor."""
    return FIRST_STABLE_ABI <= version <= NEWEST_KNOWN


def read_floor(place: KeyPlace, value: object) -> PythonVersion:
    """Read a floor such as ``3.10``.

    Raise ``SettingsError`` for anything else, with the spelling that is meant.
    """
    if not isinstance(value, str):
        raise place.misfit(value, 'a string such as "3.10"', _number_hint(value))
    try:
        version = PythonVersion.parse(value)
    except ValueError:
        raise place.mistake(value, _EXPECTED, _spelling_tip(value)) from None
    if not is_known(version):
        raise place.mistake(value, _EXPECTED, _range_tip(version))
    return version


def _spelling_tip(text: str) -> str:
    meant = _meant(text)
    if meant is None:
        return ""
    if _PATCH_LEVEL.fullmatch(text):
        return f': write the minor version without a patch level, "{meant}"'
    why = ", the first with a stable ABI" if meant == FIRST_STABLE_ABI else ""
    return f', did you mean "{meant}"{why}?'


def _range_tip(version: PythonVersion) -> str:
    if version > NEWEST_KNOWN:
        return (
            f": this abi3build knows Python only up to {NEWEST_KNOWN}, upgrade it"
            " for later versions"
        )
    if version == _CUT:
        return f', did you mean "{_WHOLE}"?'
    return f": the stable ABI starts with Python {FIRST_STABLE_ABI}"


def _number_hint(value: object) -> str:
    # bool is a subclass of int, and true is not a version.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if value == float(str(_CUT)):
        return f'\n  hint: write "{_WHOLE}" in quotes: as a number it is {value}'
    if isinstance(value, int) and abs(value) > _LARGEST_SPELLING:
        spelling = hex(value)
    else:
        spelling = str(value)
    meant = _meant(spelling)
    return "" if meant is None else f'\n  hint: write "{meant}" in quotes'


def _meant(text: str) -> PythonVersion | None:
    """Guess the version behind a spelling from C, a tag or a specifier."""
    text = text.translate(_TAKEN_FOR_DIGITS)
    if _HEXADECIMAL.fullmatch(text):
        version = PythonVersion.from_hex(int(text, 16))
    else:
        loose = _LOOSE.fullmatch(text)
        if loose is None:
            return None
        minor = loose[1]
        version = PythonVersion(3, int(minor)) if minor else FIRST_STABLE_ABI
    return version if is_known(version) else None


_Read = TypeVar("_Read")
_Choice = TypeVar("_Choice", bound=Enum)

Reader = Callable[["KeyPlace", object], _Read]
"""What every function of this module is."""

_SWITCHES = {"true": True, "false": False, "1": True, "0": False}
_BUILDER = "builder"
_COUNT = re.compile(r"[0-9]{1,6}")
_WAIVER_KEYS = {
    "symbol": 'a string such as "PyFoo*"',
    "reason": "a string that says why it is safe",
}


def choice_of(kind: type[_Choice]) -> Reader[_Choice]:
    """Make the reader for the values of an enumeration."""
    choices: tuple[str, ...] = tuple(each.value for each in kind)

    def read(place: KeyPlace, value: object) -> _Choice:
        if not isinstance(value, str):
            raise place.misfit(value, listed(choices))
        if value not in choices:
            raise place.mistake(value, listed(choices), _did_you_mean(value, choices))
        return kind(value)

    return read


def read_switch(place: KeyPlace, value: object) -> bool:
    """Read a boolean; as text ``true``, ``false``, ``1`` or ``0``."""
    if isinstance(value, bool):
        return value
    if place.textual and isinstance(value, str):
        if value in _SWITCHES:
            return _SWITCHES[value]
        raise place.mistake(value, listed(_SWITCHES), _did_you_mean(value, _SWITCHES))
    raise place.misfit(value, "true or false")


def read_parallel(place: KeyPlace, value: object) -> Parallel:
    """Read a number of translation units, or ``auto``."""
    if place.textual and isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if value == "auto":
        return Parallel()
    expected = 'a positive integer or "auto"'
    # bool is a subclass of int, and true is not a number of units.
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.misfit(value, expected, _without_quotes(place, value))
    if value < 1:
        raise place.mistake(value, expected)
    return Parallel(value)


def read_native(place: KeyPlace, value: object) -> Native:
    """Read an array of Python versions or ``builder``; as text, with commas between.

    A text of commas alone means none, so that a variable can override the file.
    """
    if value == _BUILDER:
        return Native(builder=True)
    if place.textual and isinstance(value, str):
        value = [each.strip() for each in value.split(",") if each.strip()]
    if not isinstance(value, list):
        expected = f'an array such as ["3.13", "3.14"], or "{_BUILDER}"'
        raise place.misfit(value, expected)
    faults = FaultCollector()
    versions = set()
    for index, item in enumerate(value):
        with faults.collect():
            versions.add(read_floor(place.item(index), item))
    faults.settle()
    return Native(tuple(sorted(versions)))


def read_waivers(place: KeyPlace, value: object) -> tuple[Waiver, ...]:
    """Read the array of ``allow``, which only the file can hold."""
    if place.textual:
        message = (
            "waivers need a reason, so they can only be set in the file: write them"
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


def _read_waiver(place: KeyPlace, value: object) -> Waiver:
    if not isinstance(value, dict):
        raise place.misfit(value, "a table with symbol and reason")
    faults = FaultCollector()
    unknown = [key for key in value if key not in _WAIVER_KEYS]
    for key in unknown:
        faults.add(place.key(key).unknown(key, _WAIVER_KEYS))
    # A key that is merely misspelt must not also be reported as missing.
    misspelt = {nearest(key, _WAIVER_KEYS) for key in unknown}
    parts = {}
    for key, expected in _WAIVER_KEYS.items():
        if key in value or key not in misspelt:
            with faults.collect():
                parts[key] = _read_words(place.key(key), value.get(key), expected)
    faults.settle()
    return Waiver(**parts)


def _read_words(place: KeyPlace, value: object, expected: str) -> str:
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


def _without_quotes(place: KeyPlace, value: object) -> str:
    if not place.textual and isinstance(value, str) and _COUNT.fullmatch(value):
        return f": write {int(value)} without quotes"
    return ""
