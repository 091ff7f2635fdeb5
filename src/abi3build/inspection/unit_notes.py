"""Read the notes that abi3build's Python.h leaves in every object.

The layout is that of ``include/Python.h`` in this package: four words of 32 bits, the
first of them the letters ``ABI3``.
"""

from __future__ import annotations

import struct

from abi3build.binaries.cpython_contents import UnitNote

__all__ = ["SECTION_NAMES", "parse_unit_notes"]


SECTION_NAMES = (".abi3build", ".abi3b", "__abi3build")
"""The section's name in ELF, PE and Mach-O."""

_MAGIC = 0x33494241
_MOST = 65536
"""More units than any extension has; a larger section is not read further."""


def parse_unit_notes(
    section: bytes, *, little_endian: bool = True
) -> tuple[UnitNote, ...]:
    """Read the notes in a section, sorted; what does not begin like one is skipped."""
    layout = struct.Struct(f"{'<' if little_endian else '>'}4I")
    whole = min(len(section) // layout.size, _MOST) * layout.size
    return tuple(
        sorted(
            UnitNote(limited_api, headers, bool(abi3t))
            for magic, limited_api, headers, abi3t in layout.iter_unpack(
                section[:whole]
            )
            if magic == _MAGIC
        )
    )
