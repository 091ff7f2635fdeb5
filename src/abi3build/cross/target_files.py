"""Files that only a build for another platform makes: headers, universal binaries."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["join_slices", "make_headers"]


_FAT_MAGIC = 0xCAFEBABE
_HEADER = struct.Struct(">II")
_ENTRY = struct.Struct(">IIIII")
_PROCESSOR = struct.Struct("<4xII")
"""The type and subtype of the processor in the header of a little-endian image."""

_PAGES = {0x0100000C: 14}
"""The page size as a power of two by processor: 16 KiB on arm64, 4 KiB elsewhere.

https://developer.apple.com/documentation/apple-silicon/addressing-architectural-differences-in-your-macos-code
"""
_USUAL_PAGE = 12


def join_slices(images: Iterable[bytes]) -> bytes:
    """Join images of little-endian Mach-O, in the order of their processors."""
    rows = []
    for image in images:
        processor, subtype = _PROCESSOR.unpack_from(image)
        power = _PAGES.get(processor, _USUAL_PAGE)
        rows.append((power, processor, subtype, image))
    # The slice with the widest page last, as Apple's tools put it, wastes least.
    rows.sort(key=lambda row: row[:3])
    offset = _HEADER.size + len(rows) * _ENTRY.size
    entries, content = [], bytearray(offset)
    for power, processor, subtype, image in rows:
        content += bytes(-len(content) % (1 << power))
        entry = (processor, subtype, len(content), len(image), power)
        entries.append(_ENTRY.pack(*entry))
        content += image
    head = _HEADER.pack(_FAT_MAGIC, len(rows)) + b"".join(entries)
    content[: len(head)] = head
    return bytes(content)


_CONFIGURATION = Path(__file__).parent.parent / "include" / "pyconfig.h"


def make_headers(source: Path, folder: Path) -> Path:
    """Copy the headers below ``source`` into a folder; return the folder.

    What is there already is replaced: the builder may have been upgraded.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, ignore=_all_but_headers)
    shutil.copyfile(_CONFIGURATION, folder / _CONFIGURATION.name)
    return folder


def _all_but_headers(folder: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if not name.endswith(".h") and not Path(folder, name).is_dir()
    ]
