"""The files of ``tests/binaries``, by their paths from there."""

from __future__ import annotations

import lzma
from pathlib import Path

__all__ = ["BINARIES", "bytes_of", "elf"]

BINARIES = Path(__file__).parent.parent / "binaries"


def bytes_of(name: str) -> bytes:
    """Return the bytes of a file, unpacked; the ``.xz`` of its name may be left out."""
    path = BINARIES / name
    if not path.exists():
        path = BINARIES / f"{name}.xz"
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def elf(name: str) -> bytes:
    """Return one of the files for Linux by its name without ``.elf``."""
    return bytes_of(f"linux/{name}.elf")
