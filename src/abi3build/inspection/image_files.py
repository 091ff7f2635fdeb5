"""Read any image whole: what its format tells, and what its bytes tell CPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.cpython_contents import DataTables
from abi3build.binaries.image import BinaryFile, BinaryFormat
from abi3build.binaries.magic_number import image_format
from abi3build.errors import MalformedError, UnreadableError
from abi3build.inputs import open_input
from abi3build.inspection.format_strings import find_formats
from abi3build.inspection.table_search import (
    find_abi_information,
    find_data_tables,
    is_made_from_slots,
    may_have_tables,
)
from abi3build.inspection.types_given import find_types_given
from abi3build.inspection.unit_notes import SECTION_NAMES, parse_unit_notes
from abi3build.inspection.unlimited_units import find_unlimited_units

if TYPE_CHECKING:
    from os import PathLike

    from abi3build.binaries.cpython_contents import AbiInformation
    from abi3build.binaries.image import Image
    from abi3build.binaries.image_layout import ImageLayout, ReadImage

__all__ = ["inspected", "read_file", "read_images"]

_RUSTS = (b"/rustc/", b"/rustc-")
"""How the paths in messages of Rust's standard library begin, also where a distribution
built it: /rustc/HASH/library/core/src/option.rs, /usr/src/rustc-1.63.0/library/..."""


def read_file(path: str | PathLike[str]) -> BinaryFile:
    """Read a file's images; a malformed file comes back with its fault.

    Raise ``UnreadableError`` if the file cannot be read at all.
    """
    with open_input(path) as file:
        try:
            data = file.read()
        except OSError as fault:
            message = f"{path}: {fault.strerror or fault}: check the disk"
            raise UnreadableError(message) from None
    try:
        return BinaryFile(str(path), read_images(data))
    except MalformedError as fault:
        return BinaryFile(str(path), fault=str(fault))


def read_images(data: bytes) -> tuple[Image, ...]:
    """Read every image of one file: several from a fat Mach-O file, else one.

    Raise ``MalformedError`` if the file is not an image or a damaged one.
    """
    images = _images(data)
    if any(mark in data for mark in _RUSTS):
        return tuple(image._replace(has_rust=True) for image in images)
    return images


def _images(data: bytes) -> tuple[Image, ...]:
    file_format = image_format(data)
    # The readers import libraries that take longer to load than most files to read.
    if file_format is BinaryFormat.ELF:
        from abi3build.binaries.elf.elf_reader import read_elf

        return (inspected(read_elf(data)),)
    if file_format is BinaryFormat.PE:
        from abi3build.binaries.pe.pe_reader import read_pe

        return (inspected(read_pe(data)),)
    if file_format is BinaryFormat.MACH_O:
        from abi3build.binaries.macho.macho_reader import read_macho

        return tuple(map(inspected, read_macho(data)))
    if file_format is BinaryFormat.WEB_ASSEMBLY:
        from abi3build.binaries.web_assembly import read_web_assembly

        return (inspected(read_web_assembly(data)),)
    message = "neither elf nor pe nor mach-o"
    raise MalformedError(message)


def inspected(read: ReadImage) -> Image:
    """Return the image with its notes, the types its units saw, tables and formats.

    Raise ``MalformedError`` if a part that is looked at is not what it claims to be.
    """
    types = find_unlimited_units(read.find_debug_section)
    notes = read.find_section(*SECTION_NAMES)
    image = read.image._replace(
        unit_notes=parse_unit_notes(notes, little_endian=read.little_endian),
        unlimited_units=types.units,
        unread_debug_information=types.unread,
    )
    if read.layout is None:
        return image
    information, tables = _tables(image, read.layout)
    return image._replace(
        abi_information=information,
        tables=tables,
        formats=_formats(image, read.layout),
        types_given=find_types_given(read.layout, image.machine, image.imports),
    )


def _tables(
    image: Image, layout: ImageLayout
) -> tuple[tuple[AbiInformation, ...], DataTables]:
    from_slots = is_made_from_slots(image.exports)
    has_tables = may_have_tables(image.imports)
    if not (from_slots or has_tables):
        return (), DataTables()
    memory, pointers = layout.memory, layout.pointers()
    return (
        find_abi_information(memory, pointers) if from_slots else (),
        find_data_tables(memory, pointers, image.imports)
        if has_tables
        else DataTables(),
    )


def _formats(image: Image, layout: ImageLayout) -> tuple[str, ...]:
    memory = layout.memory
    memory = memory._replace(parts=(*memory.parts, *layout.texts))
    return find_formats(memory, image.machine, image.imports)
