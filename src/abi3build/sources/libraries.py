"""Tell what the binding libraries that a source includes mean for the stable ABI."""

from __future__ import annotations

import re

__all__ = ["LIBRARIES", "included_libraries"]

LIBRARIES = {
    "pybind11": "reads CPython's structures in its own headers, so no floor helps; its"
    " successor nanobind builds for the stable ABI",
    "Boost.Python": "reads CPython's structures in its own headers, so no floor helps",
    "nanobind": "builds for the stable ABI from 3.12 on",
    "NumPy": "its headers compile under the limit from NumPy 2.0 on; NumPy's own"
    " C API is not CPython's and keeps its own promise",
    "CPython's internal headers": "are CPython's own and change with every version",
}
"""What there is to say of each."""

_UNABLE = {"pybind11", "Boost.Python", "CPython's internal headers"}
_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*[<"](?P<header>[^>"\n]+)[>"]', re.MULTILINE
)
_FOLDERS = (
    ("pybind11/", "pybind11"),
    ("boost/python", "Boost.Python"),
    ("nanobind/", "nanobind"),
    ("numpy/", "NumPy"),
    ("internal/pycore_", "CPython's internal headers"),
    ("pycore_", "CPython's internal headers"),
)


def included_libraries(text: str) -> list[tuple[int, str, bool]]:
    """Give line, library and whether it makes the stable ABI impossible, in order.

    Comes in: a source with its strings, because some headers stand in quotes.
    """
    found = []
    for match in _INCLUDE.finditer(text):
        for start, library in _FOLDERS:
            if match["header"].startswith(start):
                line = text.count("\n", 0, match.start()) + 1
                found.append((line, library, library in _UNABLE))
                break
    return found
