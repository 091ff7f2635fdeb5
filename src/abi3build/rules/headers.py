"""With which of CPython's headers an image was compiled, where it shows."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

__all__ = ["are_late", "oldest_headers"]

_FIRST_LATE = PythonVersion(3, 13)
"""Those without the names that end in ``_SizeT``, and the first that know ``%T``."""

_BY_REFERENCE_COUNT = {
    0xFFFFFFFF: PythonVersion(3, 13),
    0x0005_0000_C000_0000: PythonVersion(3, 14),
}
"""What ``PyModuleDef_HEAD_INIT`` puts into a module's definition, on 64 bits; it is 1
with headers up to 3.12 (``Include/object.h``, ``Include/refcount.h``)."""


def oldest_headers(image: Image) -> PythonVersion | None:
    """Give the version that the headers have at least; None where nothing shows.

    The notes of abi3build's own builds say it; else the definitions of modules do.
    """
    if image.unit_notes:
        return min(PythonVersion.from_hex(note.headers) for note in image.unit_notes)
    counts = {table.reference_count for table in image.tables.modules}
    if counts and counts <= set(_BY_REFERENCE_COUNT):
        return min(_BY_REFERENCE_COUNT[count] for count in counts)
    return None


def are_late(headers: PythonVersion | None) -> bool:
    """Tell whether headers are known to be those of 3.13 or later."""
    return headers is not None and headers >= _FIRST_LATE
