"""Read any image: the magic number alone decides how, never the file's name."""

from __future__ import annotations

from abi3build.binaries.image import WEB_ASSEMBLY, BinaryFormat
from abi3build.errors import MalformedError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.binaries.image import Image

__all__ = ["HEAD_SIZE", "image_format", "read_images"]

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
    """Tell the format of a file by its beginning, ``None`` if it is no image.

    Comes in: the first ``HEAD_SIZE`` bytes, or all of a shorter file.
    """
    if head.startswith(b"\x7fELF"):
        return BinaryFormat.ELF
    if head.startswith(b"MZ") and _has_pe_signature(head):
        return BinaryFormat.PE
    if head.startswith(_MACH_O_THIN + _MACH_O_FAT_64) or _is_fat_mach_o(head):
        return BinaryFormat.MACH_O
    return None


def read_images(data: bytes) -> tuple[Image, ...]:
    """Read every image of one file: several from a fat Mach-O file, else one.

    Raise ``MalformedError`` where the file is no image or a damaged one.
    """
    file_format = image_format(data)
    # The readers import libraries that take longer to load than most files to read.
    if file_format is BinaryFormat.ELF:
        from abi3build.binaries.elf.reader import read_elf

        return (read_elf(data),)
    if file_format is BinaryFormat.PE:
        from abi3build.binaries.pe.reader import read_pe

        return (read_pe(data),)
    if file_format is BinaryFormat.MACH_O:
        from abi3build.binaries.macho.reader import read_macho

        return read_macho(data)
    if data.startswith(_WEB_ASSEMBLY):
        raise MalformedError(WEB_ASSEMBLY)
    message = "neither elf nor pe nor mach-o"
    raise MalformedError(message)


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
