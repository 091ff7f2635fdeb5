"""The words for a value that is not what it should be, and where it stands.

TOML's own names of types are used, never Python's: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from abi3build.errors import SettingsError
from abi3build.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FaultCollector",
    "KeyPlace",
    "bare",
    "described",
    "listed",
    "quoted",
    "shown",
]


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60
_DEEPEST = 3
_LARGEST = 2**63

_NOUNS: tuple[tuple[type, str], ...] = (
    # Python's bool is an int and its datetime a date: the narrower type comes first.
    (str, "a string"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a float"),
    (list, "an array"),
    (dict, "a table"),
    (datetime, "a date-time"),
    (date, "a date"),
    (time, "a time"),
)


def quoted(text: str) -> str:
    """Write text as a TOML string that stays on one line and is safe to print."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def bare(key: str) -> str:
    """Write a key as in TOML, in quotes only if it needs them."""
    return key if _BARE_KEY.fullmatch(key) else quoted(key)


def shown(value: object) -> str:
    """Write a value as in TOML, shortened so that a message stays readable."""
    text = _written(value, 0)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def described(value: object) -> str:
    """Name a value's TOML type and show it, such as ``a float (3.1)``."""
    for kind, noun in _NOUNS:
        if isinstance(value, kind):
            return f"{noun} ({shown(value)})"
    return "null" if value is None else f"a value of no TOML type ({shown(value)})"


def listed(choices: Iterable[str]) -> str:
    """Join quoted choices as a sentence does, such as ``"error", "warn" or "off"``."""
    words = [quoted(choice) for choice in choices]
    head, tail = words[:-1], words[-1]
    return f"{', '.join(head)} or {tail}" if head else tail


@dataclass(frozen=True)
class KeyPlace:
    """Say where a value is set, with the name that the user wrote."""

    name: str
    """``tool.abi3build.verify``, ``-C verify`` or ``ABI3BUILD_VERIFY``."""

    textual: bool = False
    """True if every value is text, so that its type says nothing."""

    kind: str = ""
    """What such a name is called; empty if the name speaks for itself."""

    @property
    def words(self) -> str:
        """Name the place for people who ask where a value came from."""
        return f"{self.kind} {self.name}".strip()

    def key(self, key: str) -> KeyPlace:
        """Return the place of a key in the table at this place."""
        return replace(self, name=f"{self.name}.{bare(key)}")

    def item(self, index: int) -> KeyPlace:
        """Return the place of an item in the array at this place, counted from 0."""
        return replace(self, name=f"{self.name}[{index}]")

    def fault(self, text: str) -> SettingsError:
        """Make the error that says something of this place."""
        return SettingsError([f"{self.name}: {text}"])

    def misfit(self, value: object, expected: str, tip: str = "") -> SettingsError:
        """Make the error for a value of another type than expected."""
        return self.fault(f"expected {expected}, got {self._got(value)}{tip}")

    def mistake(self, value: object, expected: str, tip: str = "") -> SettingsError:
        """Make the error for a value of the right type that is not among the good."""
        return self.fault(f"expected {expected}, got {shown(value)}{tip}")

    def unknown(
        self, key: str, known: Iterable[str], noun: str = "key"
    ) -> SettingsError:
        """Make the error for a key that does not exist, with the nearest that does."""
        choices = tuple(known)
        close = nearest(key, choices)
        if close is not None:
            return self.fault(f"unknown {noun}, did you mean {quoted(close)}?")
        return self.fault(f"unknown {noun}, expected {listed(choices)}")

    def _got(self, value: object) -> str:
        if self.textual and isinstance(value, str):
            return shown(value)
        if self.textual and isinstance(value, list):
            # Front ends pass a -C setting that is given twice as a list:
            # https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-C
            return f"several values ({shown(value)}): give one"
        return described(value)


class FaultCollector:
    """Collect the faults of many values, so that one run reports them all."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._faults: list[str] = []

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Keep the faults of the block and continue after it."""
        try:
            yield
        except SettingsError as error:
            self.add(error)

    def add(self, error: SettingsError) -> None:
        """Keep the faults of an error that need not be raised now."""
        self._faults.extend(error.faults)

    def settle(self) -> None:
        """Raise ``SettingsError`` with all faults; do nothing if there are none."""
        if self._faults:
            raise SettingsError(self._faults)


def _written(value: object, depth: int) -> str:
    if isinstance(value, (list, dict)):
        return _written_whole(value, depth)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > _LARGEST:
        # str() of an integer refuses more than 4300 digits, hex() never does.
        return hex(value)
    return quoted(value) if isinstance(value, str) else str(value)


def _written_whole(value: list[object] | dict[str, object], depth: int) -> str:
    left, right = "[]" if isinstance(value, list) else "{}"
    if depth == _DEEPEST:
        parts = ["..."]
    elif isinstance(value, list):
        parts = [_written(item, depth + 1) for item in value]
    else:
        parts = [
            f"{bare(key)} = {_written(item, depth + 1)}" for key, item in value.items()
        ]
    return f"{left}{', '.join(parts)}{right}"
