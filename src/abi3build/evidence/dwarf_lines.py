"""The line programs of an object's debug information, which pyelftools runs.

In an object every section begins anew, so that an address alone says nothing; which
section is meant stands in the relocations of the line programs.
"""

from __future__ import annotations

import inspect
import posixpath
from collections import defaultdict
from io import BytesIO

from abi3build.evidence.object_code import Row
from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elftools.dwarf.dwarfinfo import DWARFInfo
    from elftools.dwarf.lineprogram import LineProgram

__all__ = ["Target", "make_dwarf_info", "rows_by_section"]

_SET_ADDRESS = 2
"""DW_LNE_set_address: where a line program begins with another section."""

_FIRST_FILES_FROM_ZERO = 5
"""The version of DWARF whose file tables count from zero (DWARF 5, 6.2.4)."""


class Target(NamedTuple):
    """Say what an address in the line programs means."""

    place: int
    """Where the address stands among the line programs."""

    section: int
    base: int = 0
    """What makes an offset in the section of the number that stands there."""


def rows_by_section(
    dwarf: DWARFInfo, targets: Sequence[Target]
) -> dict[int, list[Row]]:
    """Give the rows of all line programs by section, sorted."""
    rows: dict[int, list[Row]] = defaultdict(list)
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is not None:
            for section, row in _rows(program, sorted(targets)):
                rows[section].append(row)
    for found in rows.values():
        found.sort(key=lambda row: row.offset)
    return rows


def make_dwarf_info(
    sections: Mapping[str, bytes], *, little_endian: bool, address_size: int
) -> DWARFInfo:
    """Open debug information of other formats than ELF.

    Comes in: what is in the sections, by their names without ``.debug_``.
    """
    from elftools.dwarf.dwarfinfo import (
        DebugSectionDescriptor,
        DwarfConfig,
        DWARFInfo,
    )

    # Releases differ in which sections they know.
    known = list(inspect.signature(DWARFInfo).parameters)[1:]
    found = {
        f"debug_{name}_sec": DebugSectionDescriptor(
            BytesIO(data), name, 0, len(data), 0
        )
        for name, data in sections.items()
    }
    config = DwarfConfig(little_endian, "", address_size)
    return DWARFInfo(config, **{name: found.get(name) for name in known})


def _rows(program: LineProgram, targets: list[Target]) -> Iterator[tuple[int, Row]]:
    start, end = program.program_start_offset, program.program_end_offset
    following = iter([target for target in targets if start <= target.place < end])
    target = Target(0, -1)
    for entry in program.get_entries():
        if entry.is_extended and entry.command == _SET_ADDRESS:
            target = next(following, target)
        state = entry.state
        if state is not None and not state.end_sequence and state.line:
            name = _file_name(program, state.file)
            yield target.section, Row(state.address + target.base, name, state.line)


def _file_name(program: LineProgram, number: int) -> str:
    first = 0 if program.header["version"] >= _FIRST_FILES_FROM_ZERO else 1
    entry = program.header["file_entry"][number - first]
    name: str = entry.name.decode("utf-8", "replace")
    folders = program.header["include_directory"]
    # Folder 0 is the one that the compiler ran in, which is the project's.
    if entry.dir_index == 0:
        return name
    folder = folders[entry.dir_index - first].decode("utf-8", "replace")
    return posixpath.normpath(f"{folder}/{name}")
