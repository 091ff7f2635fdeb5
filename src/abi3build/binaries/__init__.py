"""Machine code as data: what an ELF, PE or Mach-O image takes, gives and needs."""

from __future__ import annotations

from abi3build.binaries.image import BinaryFile, BinaryFormat, Image, Import
from abi3build.binaries.reading import image_format, read_images

__all__ = [
    "BinaryFile",
    "BinaryFormat",
    "Image",
    "Import",
    "image_format",
    "read_images",
]
