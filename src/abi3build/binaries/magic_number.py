"""Tell the format of a file by its first bytes, never by its name."""

from __future__ import annotations

from abi3build.binaries.image import BinaryFormat

__all__ = ["HEAD_SIZE", "image_format"]

HEAD_SIZE = 4096
"""How many bytes from the start of a file show its format, stub of a PE included."""

_WEB_ASSEMBLY = b"\0asm"
_MACH_O_THIN = (
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
_MACH_O_FAT_64 = (b"\xca\xfe\xba\xbf", b"\xbf\xba\xfe\xca")
_MACH_O_FAT = {b"\xca\xfe\xba\xbe": "big", b"\xbe\xba\xfe\xca": "little"}

_OLDEST_JAVA_CLASS = 45
"""The class file version of the first Java.

Class files begin like fat Mach-O files, but where those have the number of slices
they have their version: https://docs.oracle.com/javase/specs/jvms/se21/html/jvms-4.html
"""


def image_format(head: bytes) -> BinaryFormat | None:
    """Tell the format of a file by its beginning, ``None`` if it is not an image.

    Takes the first ``HEAD_SIZE`` bytes, or all of a shorter file.
    """
    if head.startswith(b"\x7fELF"):
        return BinaryFormat.ELF
    if head.startswith(b"MZ") and _has_pe_signature(head):
        return BinaryFormat.PE
    if head.startswith(_MACH_O_THIN + _MACH_O_FAT_64) or _is_fat_mach_o(head):
        return BinaryFormat.MACH_O
    if head.startswith(_WEB_ASSEMBLY):
        return BinaryFormat.WEB_ASSEMBLY
    return None


def _has_pe_signature(head: bytes) -> bool:
    """Follow ``e_lfanew``, which tells a PE file from a program for DOS.

    https://learn.microsoft.com/windows/win32/debug/pe-format#signature-image-only
    """
    start = int.from_bytes(head[0x3C:0x40], "little")
    return head.startswith(b"PE\0\0", start)


def _is_fat_mach_o(head: bytes) -> bool:
    byte_order = _MACH_O_FAT.get(head[:4])
    if byte_order is None:
        return False
    # ``Literal`` does not survive the mapping's type.
    slices = int.from_bytes(head[4:8], "big" if byte_order == "big" else "little")
    return 0 < slices < _OLDEST_JAVA_CLASS
