"""Read a COFF object file: what it takes, gives and notes.

Specification: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format.  pefile
reads linked images alone.
"""

from __future__ import annotations

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.binaries.pe.coff_tables import open_coff
from abi3build.binaries.unit_notes import SECTION_NAMES, parse_unit_notes
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import UnitNote
    from abi3build.binaries.pe.coff_tables import CoffTables

__all__ = ["read_coff"]

_MACHINES = {0x014C: "i686", 0x8664: "x86_64", 0xAA64: "arm64"}
_EXTERNAL, _WEAK_EXTERNAL = 2, 105
"""IMAGE_SYM_CLASS_EXTERNAL and IMAGE_SYM_CLASS_WEAK_EXTERNAL."""

_IMPORTED = "__imp_"


def read_coff(data: bytes) -> Image:
    """Read one object.

    Raise ``MalformedError`` where it is not what its header says.
    """
    tables = open_coff(data)
    imports, exports = set(), set()
    for symbol in tables.symbols().values():
        plain = symbol.name.removeprefix(_IMPORTED)
        kind = symbol.storage_class
        if symbol.section > 0 and kind == _EXTERNAL:
            exports.add(plain)
        elif (
            symbol.section == 0
            and symbol.value == 0
            and kind in {_EXTERNAL, _WEAK_EXTERNAL}
        ):
            imports.add(Import(plain, weak=kind == _WEAK_EXTERNAL))
    return Image(
        format=BinaryFormat.PE,
        machine=_MACHINES.get(tables.machine, f"unknown-{tables.machine:#x}"),
        imports=tuple(sorted(imports)),
        exports=tuple(sorted(exports)),
        is_shared_library=False,
        unit_notes=tuple(sorted(_notes(tables))),
    )


def _notes(tables: CoffTables) -> Iterator[UnitNote]:
    for section in tables.sections():
        if section.name.decode("latin-1") in SECTION_NAMES:
            part = tables.part(section)
            yield from parse_unit_notes(part.data[part.start : part.start + part.size])
