"""Read images of one format whole, as ``read_images`` does after it saw the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.elf import elf_reader
from abi3build.binaries.macho import macho_reader
from abi3build.binaries.pe import pe_reader
from abi3build.inspection.image_files import inspected

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

__all__ = ["read_elf", "read_macho", "read_pe"]


def read_elf(data: bytes) -> Image:
    """Read an ELF file and what its bytes mean to CPython."""
    return inspected(elf_reader.read_elf(data))


def read_pe(data: bytes) -> Image:
    """Read a PE file and what its bytes mean to CPython."""
    return inspected(pe_reader.read_pe(data))


def read_macho(data: bytes) -> tuple[Image, ...]:
    """Read a Mach-O file and what the bytes of each slice mean to CPython."""
    return tuple(map(inspected, macho_reader.read_macho(data)))
