"""The translation units of Microsoft's compilers, by the library that each asks for.

CPython's ``pyconfig.h`` leaves in the object which library the linker shall take: that
of the stable ABI if ``Py_LIMITED_API`` was defined when the unit read it, else that of
one version.  https://github.com/python/cpython/blob/main/PC/pyconfig.h
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.binaries.pe.coff import is_coff_object, open_coff
from abi3build.errors import MalformedError
from abi3build.evidence.compiled_units import TranslationUnit, kept_deprecations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.pe.coff import CoffTables

__all__ = ["asked_libraries", "read_microsoft_units"]


_SUFFIXES = (".c", ".cc", ".cpp", ".cxx")

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
                deprecations=kept_deprecations(folder, str(path)),
            )
            units.append(unit)
    return tuple(units)


def asked_libraries(data: bytes) -> tuple[str, ...]:
    """Return the libraries of Python's that an object asks for, sorted.

    None are seen in what is not an object for machine code; ``/GL`` makes such.
    """
    if not is_coff_object(data):
        return ()
    try:
        text = "".join(_directives(open_coff(data)))
    except MalformedError:
        return ()
    return tuple(sorted(set(_LIBRARY.findall(text))))


def _directives(tables: CoffTables) -> Iterator[str]:
    for section in tables.sections():
        if section.name == _DIRECTIVES:
            part = tables.part(section)
            data = part.data[part.start : part.start + part.size]
            yield data.decode("utf-8", "replace")


def _source_of(path: Path) -> str:
    """Return the source of an object, which is in the same folder below another one."""
    # distutils leaves out the root of absolute paths.
    for candidate in (path, Path(path.anchor or Path.cwd().anchor, path)):
        for suffix in _SUFFIXES:
            source = candidate.with_suffix(suffix)
            if source.exists():
                return source.as_posix()
    return ""
