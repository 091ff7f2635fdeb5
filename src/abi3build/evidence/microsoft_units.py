"""The translation units of Microsoft's compilers, by the library that each asks for.

CPython's ``pyconfig.h`` leaves in the object which library the linker shall take: that
of the stable ABI where ``Py_LIMITED_API`` was defined when the unit read it, else that
of one version.  https://github.com/python/cpython/blob/main/PC/pyconfig.h
"""

from __future__ import annotations

import re
from pathlib import Path

from abi3build.binaries.window import open_window
from abi3build.errors import MalformedError
from abi3build.evidence.units import TranslationUnit
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.window import Window

__all__ = ["asked_libraries", "read_microsoft_units"]

_SUFFIXES = (".c", ".cc", ".cpp", ".cxx")

# Layouts: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#coff-file-header-object-and-image
# and, for /bigobj, ANON_OBJECT_HEADER_BIGOBJ of winnt.h.
_HEADER = "2xH12xH2x"
"""Number of sections, size of a further header, which objects do not have."""
_BIG_HEADER = "12x16s16xI8x"
"""A number for the kind of object, number of sections."""
_BIG_MARK = b"\0\0\xff\xff"
_BIG_CLASS = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
_SECTION = "8s8xII16x"
"""Name, size, place."""

_DIRECTIVES = b".drectve"
_LIBRARY = re.compile(r'[-/]DEFAULTLIB:"?(python3[^"\s]*)', re.IGNORECASE)


def read_microsoft_units(folder: Path) -> tuple[TranslationUnit, ...]:
    """Read every object below a folder that asks for a library of Python's, sorted.

    Those of sources that are gone count no more.
    """
    units = []
    for path in sorted(folder.rglob("*.obj")):
        source = _source_of(path.relative_to(folder))
        libraries = asked_libraries(path.read_bytes())
        if source and libraries:
            unit = TranslationUnit(
                source,
                object_file=str(path),
                own_files=(source,),
                python_libraries=libraries,
            )
            units.append(unit)
    return tuple(units)


def asked_libraries(data: bytes) -> tuple[str, ...]:
    """Give the libraries of Python's that an object asks for, sorted.

    None are seen in what is no object for machine code; ``/GL`` makes such.
    """
    try:
        text = "".join(_directives(open_window(data, "<")))
    except MalformedError:
        return ()
    return tuple(sorted(set(_LIBRARY.findall(text))))


def _directives(window: Window) -> Iterator[str]:
    for name, size, place in _sections(window):
        if name == _DIRECTIVES:
            part = window.part("directives", place, size)
            data = part.data[part.start : part.start + part.size]
            yield data.decode("utf-8", "replace")


def _sections(window: Window) -> Iterator[tuple[bytes, int, int]]:
    layout, count, start = _SECTION, 0, 0
    if window.data.startswith(_BIG_MARK):
        kind, count = window.row("header", _BIG_HEADER, 0)
        start = 56
        if kind != _BIG_CLASS:
            return
    else:
        count, further = window.row("header", _HEADER, 0)
        start = 20 + further
    yield from window.rows("sections", layout, start, count)


def _source_of(path: Path) -> str:
    """Give the source of an object, which stands in the same folder below another."""
    # distutils leaves out the root of absolute paths.
    for candidate in (path, Path(path.anchor or Path.cwd().anchor, path)):
        for suffix in _SUFFIXES:
            source = candidate.with_suffix(suffix)
            if source.exists():
                return source.as_posix()
    return ""
