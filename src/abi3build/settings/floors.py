"""``min-python``: the one spelling that is accepted and the many that are meant."""

from __future__ import annotations

import re

from abi3build.light_typing import TYPE_CHECKING
from abi3build.versions import FIRST_STABLE_ABI, NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from abi3build.settings.table import Place

__all__ = ["is_known", "read_floor"]

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

_LARGEST_SPELLING = 0xFFFF
"""Integers above it can only be a value of ``Py_LIMITED_API``."""


def is_known(version: PythonVersion) -> bool:
    """Tell whether the tables of this package cover a floor."""
    return FIRST_STABLE_ABI <= version <= NEWEST_KNOWN


def read_floor(place: Place, value: object) -> PythonVersion:
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
        return f': write the minor version without patch level, "{meant}"'
    why = ", the first with a stable ABI" if meant == FIRST_STABLE_ABI else ""
    return f', did you mean "{meant}"{why}?'


def _range_tip(version: PythonVersion) -> str:
    if version > NEWEST_KNOWN:
        return (
            f": this abi3build knows Python up to {NEWEST_KNOWN}, upgrade it for later"
            " ones"
        )
    if version == _CUT:
        return f', did you mean "{_WHOLE}"?'
    return f": the stable ABI begins with Python {FIRST_STABLE_ABI}"


def _number_hint(value: object) -> str:
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
    if _HEXADECIMAL.fullmatch(text):
        version = PythonVersion.from_hex(int(text, 16))
    else:
        loose = _LOOSE.fullmatch(text)
        if loose is None:
            return None
        minor = loose[1]
        version = PythonVersion(3, int(minor)) if minor else FIRST_STABLE_ABI
    return version if is_known(version) else None
