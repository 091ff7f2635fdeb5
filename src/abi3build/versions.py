"""A CPython minor version in the four forms that the stable ABI uses."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "FIRST_ABI3T",
    "FIRST_BUILDER",
    "FIRST_STABLE_ABI",
    "NEWEST_KNOWN",
    "Promise",
    "PythonVersion",
    "release_of",
]


class Promise(NamedTuple):
    """Describe a promise: every CPython from the floor up."""

    floor: PythonVersion
    free_threaded: bool = False
    """True if free-threaded builds from 3.15 are promised too (abi3t)."""

    gil_enabled: bool = True
    """False only for wheels tagged ``abi3t`` alone."""

    def __str__(self) -> str:
        """Return the promise as the end of the phrase "keeps its promise to ..."."""
        if not self.gil_enabled:
            return f"free-threaded Python {self.floor}"
        if self.free_threaded:
            return f"Python {self.floor}, including free-threaded builds"
        return f"Python {self.floor}"


_TEXT = r"([0-9])\.(0|[1-9][0-9]?)"
_TAG = r"cp([0-9])([0-9]{1,2})"


class PythonVersion(NamedTuple):
    """Describe one minor version of CPython.

    Versions compare and sort as pairs of integers.
    """

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> PythonVersion:
        """Read a version such as ``3.10``.

        Raise ``ValueError`` for anything else, including a bare ``3`` and a patch
        level.
        """
        match = re.fullmatch(_TEXT, text)
        if match is None:
            message = f"not a Python minor version: {text!r}"
            raise ValueError(message)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def from_tag(cls, tag: str) -> PythonVersion:
        """Read the Python tag of a wheel, such as ``cp310``.

        Raise ``ValueError`` for tags of other implementations and for ``cp3``.
        """
        match = re.fullmatch(_TAG, tag)
        if match is None:
            message = f"not the tag of a CPython minor version: {tag!r}"
            raise ValueError(message)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def from_hex(cls, value: int) -> PythonVersion:
        """Read a value of ``Py_LIMITED_API`` or ``PY_VERSION_HEX``.

        The headers treat 3 and an empty definition (0) as 3.2:
        https://docs.python.org/3/c-api/stable.html#c.Py_LIMITED_API
        """
        if value in {0, 3}:
            return FIRST_STABLE_ABI
        return cls(value >> 24 & 0xFF, value >> 16 & 0xFF)

    @property
    def tag(self) -> str:
        """Return the Python tag of PEP 425, such as ``cp310``."""
        return f"cp{self.major}{self.minor}"

    @property
    def has_stable_abi(self) -> bool:
        """Tell whether ``abi3`` exists for it: from 3.2 on, and not beyond Python 3."""
        return self.major == FIRST_STABLE_ABI.major and self >= FIRST_STABLE_ABI

    @property
    def hex(self) -> str:
        """Return the value of ``Py_LIMITED_API``, such as ``0x030A0000``.

        It must be a literal: when the headers first compare the macro,
        ``Py_PACK_VERSION(3, 10)`` is not defined yet.
        """
        return f"0x{self.major:02X}{self.minor:02X}0000"

    def __str__(self) -> str:
        """Return the version in its usual form, such as ``3.10``."""
        return f"{self.major}.{self.minor}"


def release_of(value: int) -> str:
    """Convert a value of ``PY_VERSION_HEX`` to the usual form, such as ``3.15.0b2``.

    https://docs.python.org/3/c-api/apiabiversion.html#c.PY_VERSION_HEX
    """
    major, minor, micro = value >> 24 & 0xFF, value >> 16 & 0xFF, value >> 8 & 0xFF
    # 0xF, a final release, has no suffix.
    stage = {0xA: "a", 0xB: "b", 0xC: "rc"}.get(value >> 4 & 0xF)
    serial = f"{stage}{value & 0xF}" if stage else ""
    return f"{major}.{minor}.{micro}{serial}"


FIRST_STABLE_ABI = PythonVersion(3, 2)
"""The version that introduced the stable ABI (PEP 384)."""

FIRST_BUILDER = PythonVersion(3, 9)
"""The oldest version that abi3build builds with."""

FIRST_ABI3T = PythonVersion(3, 15)
"""The version that introduced the stable ABI of free-threaded builds (PEP 803)."""

NEWEST_KNOWN = PythonVersion(3, 15)
"""The newest released version that the tables of this package cover."""
