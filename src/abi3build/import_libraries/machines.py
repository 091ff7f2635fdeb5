"""The machines of Windows, as COFF files name them."""

from __future__ import annotations

from enum import Enum

from abi3build.light_typing import NamedTuple

__all__ = ["Machine"]


class _Facts(NamedTuple):
    label: str
    number: int
    """``IMAGE_FILE_MACHINE_*``."""

    address_relocation: int
    """The relocation to an address relative to the image, of 32 bits."""

    pointer_size: int
    """In bytes."""

    name_prefix: str
    """What compilers put before the names of C."""


class Machine(Enum):
    """Name a machine for which CPython is released on Windows.

    Numbers: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
    """

    X86 = _Facts("x86", 0x14C, 7, 4, "_")
    X86_64 = _Facts("x86_64", 0x8664, 3, 8, "")
    ARM64 = _Facts("arm64", 0xAA64, 2, 8, "")
