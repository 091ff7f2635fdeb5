"""Tell what the binding libraries that sources include mean for the stable ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LIBRARIES", "UNABLE_LIBRARIES", "library_of_header"]

LIBRARIES = {
    "pybind11": "its headers read CPython's structures, so no floor helps; its"
    " successor nanobind builds for the stable ABI",
    "Boost.Python": "its headers read CPython's structures, so no floor helps",
    "nanobind": "builds for the stable ABI from 3.12 on",
    "NumPy": "its headers compile under the limit from NumPy 2.0 on; NumPy's own C API"
    " is not part of CPython's and has its own compatibility rules",
    "CPython's internal headers": (
        "are internal to CPython and change with every version"
    ),
}
"""What there is to say of each."""

UNABLE_LIBRARIES = frozenset({"pybind11", "Boost.Python", "CPython's internal headers"})

_FOLDERS = (
    ("pybind11/", "pybind11"),
    ("boost/python", "Boost.Python"),
    ("nanobind/", "nanobind"),
    ("numpy/", "NumPy"),
    ("internal/pycore_", "CPython's internal headers"),
    ("pycore_", "CPython's internal headers"),
)


def library_of_header(names: Iterable[str]) -> dict[str, str]:
    """Return the libraries behind the names of headers, each with one such header."""
    return {
        library: name
        for name in sorted(names, reverse=True)
        for start, library in _FOLDERS
        if name.startswith(start)
    }
