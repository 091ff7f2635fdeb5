"""Read the images of a Mach-O file: libraries, modules and programs of macOS.

Specification: Apple's header ``<mach-o/loader.h>``,
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING

from abi3build.binaries.dwarf.debug_sections import part_of
from abi3build.binaries.image import BinaryFormat, Image, MobileSystem
from abi3build.binaries.image_layout import ImageLayout, ReadImage
from abi3build.binaries.macho.load_commands import find_section, open_macho, sections
from abi3build.binaries.macho.symbol_tables import read_symbols, unprovided_names
from abi3build.binaries.memory import MappedPart, Memory, PointersInPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.macho.load_commands import MachoImage

__all__ = ["read_macho"]


_MACHINES = {
    0x7: "i386",
    0xC: "arm",
    0x12: "ppc",
    0x01000007: "x86_64",
    0x0100000C: "arm64",
    0x01000012: "ppc64",
    0x0200000C: "arm64_32",
}
_VARIANTS = {("x86_64", 8): "x86_64h", ("arm64", 2): "arm64e"}
"""Those that not every processor of the machine, or no plain process, loads."""

_MH_DYLIB = 0x6
_MH_BUNDLE = 0x8

_LC_ID_DYLIB = 0xD
_LIBRARIES = (0xC, 0x20, 0x80000018, 0x8000001F, 0x80000023)
"""LC_LOAD_DYLIB and its lazy, weak, re-exporting and upward kinds."""

_SECTION_TYPE, _CSTRING_LITERALS = 0xFF, 2
"""SECTION_TYPE in a section's flags, and S_CSTRING_LITERALS."""

_LC_SEGMENT = 0x1
_LC_SEGMENT_64 = 0x19
_LC_VERSION_MIN_MACOSX = 0x24
_LC_VERSION_MIN_IPHONEOS = 0x25
_LC_BUILD_VERSION = 0x32
_PLATFORM_MACOS, _PLATFORM_IOS, _PLATFORM_IOS_SIMULATOR = 1, 2, 7
_MOBILE_SYSTEMS = {
    _PLATFORM_IOS: MobileSystem.IOS,
    _PLATFORM_IOS_SIMULATOR: MobileSystem.IOS_SIMULATOR,
}

_SEGMENT_LAYOUTS = {
    _LC_SEGMENT: ("8x16s8xII8xI4x", "16x16s36x"),
    _LC_SEGMENT_64: ("8x16s16xQQ8xI4x", "16x16s48x"),
}
"""Name, place in the file and number of sections; then the segment of a section."""

_MAPPING_LAYOUTS = {_LC_SEGMENT: "24xI4xII4xI", _LC_SEGMENT_64: "24xQ8xQQ4xI"}
"""The segment's address, its place and size in the file, and its first rights."""

_EXECUTABLE, _WRITABLE = 4, 2
"""VM_PROT_EXECUTE and VM_PROT_WRITE."""

_CHAINED_TARGET = (1 << 36) - 1
_CHAINED_BIND = 1 << 63
"""The parts of a pointer in a chain of fixups, DYLD_CHAINED_PTR_64 and its form with
offsets in ``<mach-o/fixup-chains.h>``; the others are for arm64e, which Python is not.
Files without chains have plain addresses, which are smaller."""

_DWARF = b"__DWARF"


def read_macho(data: bytes) -> tuple[ReadImage, ...]:
    """Read one Mach-O file of any kind, width and byte order.

    A universal file gives one image for each slice in the order of the file; static
    libraries among the slices are left out.  Symbols lose the one underscore that the
    platform puts before every name.

    Raise ``MalformedError`` if the file is not what its headers say.
    """
    return tuple(map(_read_image, open_macho(data)))


def _read_image(image: MachoImage) -> ReadImage:
    segments = set(_segments(image))
    # The symbols name them by their place in the order of the file.
    libraries = tuple(_names(image, *_LIBRARIES))
    symbols = read_symbols(image, libraries)
    mobile_system, minimum_os = _system(image)
    described = Image(
        format=BinaryFormat.MACH_O,
        machine=_machine(image),
        imports=tuple(sorted(symbols.imports)),
        exports=tuple(sorted(symbols.exports)),
        libraries=tuple(sorted(set(libraries))),
        install_name=next(_names(image, _LC_ID_DYLIB), ""),
        is_shared_library=image.file_type in {_MH_BUNDLE, _MH_DYLIB},
        symbol_table_stripped=not symbols.has_local,
        has_debug_information=_DWARF in segments,
        minimum_os=minimum_os,
        mobile_system=mobile_system,
        unprovided=unprovided_names(image, libraries, symbols.exports),
    )
    return ReadImage(
        described,
        _layout(image),
        partial(find_section, image),
        partial(_find_debug_section, image),
        little_endian=image.window.byte_order == "<",
    )


def _machine(image: MachoImage) -> str:
    machine = _MACHINES.get(image.processor, f"unknown-{image.processor:#x}")
    return _VARIANTS.get((machine, image.variant), machine)


def _names(image: MachoImage, *kinds: int) -> Iterator[str]:
    """Return the library that each load command of some kinds names."""
    what = "library name"
    for command in image.of_kind(*kinds):
        body = image.body(what, command)
        (offset,) = body.row(what, "8xI", 0)
        yield body.name(what, offset)


def _segments(image: MachoImage) -> Iterator[bytes]:
    """Return the names of the segments; object files have them with the sections.

    Like the loader, refuse a segment that is not wholly in the file.
    """
    what = "segments"
    for command in image.of_kind(*_SEGMENT_LAYOUTS):
        layout, section_layout = _SEGMENT_LAYOUTS[command.kind]
        body = image.body(what, command)
        name, offset, size, count = body.row(what, layout, 0)
        image.window.part(what, offset, size)
        yield name.rstrip(b"\0")
        for (section,) in body.rows(
            what, section_layout, struct.calcsize(f"={layout}"), count
        ):
            yield section.rstrip(b"\0")


def _system(
    image: MachoImage,
) -> tuple[MobileSystem | None, tuple[int, int] | None]:
    """Return the system, None for macOS, and its lowest version, if it is known."""
    what = "minimum system"
    for command in image.of_kind(
        _LC_BUILD_VERSION, _LC_VERSION_MIN_MACOSX, _LC_VERSION_MIN_IPHONEOS
    ):
        body = image.body(what, command)
        if command.kind == _LC_BUILD_VERSION:
            platform, version = body.row(what, "8xII", 0)
            if platform != _PLATFORM_MACOS and platform not in _MOBILE_SYSTEMS:
                continue
        else:
            (version,) = body.row(what, "8xI", 0)
            is_ios = command.kind == _LC_VERSION_MIN_IPHONEOS
            platform = _PLATFORM_IOS if is_ios else _PLATFORM_MACOS
        return _MOBILE_SYSTEMS.get(platform), (version >> 16, version >> 8 & 0xFF)
    return None, None


def _find_debug_section(image: MachoImage, name: str) -> BytesWindow | None:
    # The name of a section has sixteen characters at most.
    wanted = f"__debug_{name}"[:16]
    for section in sections(image):
        if section.name == wanted:
            return part_of(image.window, section.offset, section.size)
    return None


def _layout(image: MachoImage) -> ImageLayout:
    memory = Memory(image.window, tuple(_mapping(image)), image.is_64_bit)
    texts = tuple(
        MappedPart(section.address, section.offset, section.size, is_constant=True)
        for section in sections(image)
        if section.flags & _SECTION_TYPE == _CSTRING_LITERALS
    )
    return ImageLayout(
        memory,
        partial(_pointers, memory),
        texts,
        code_places=partial(_code_places, image, memory),
    )


def _code_places(image: MachoImage, memory: Memory) -> CodePlaces:
    """Load what only the reading of machine code needs, and use it."""
    from abi3build.binaries.macho.macho_code_places import macho_code_places

    return macho_code_places(image, memory)


def _pointers(memory: Memory) -> PointersInPlace:
    return PointersInPlace(memory, mask=_CHAINED_TARGET, elsewhere=_CHAINED_BIND)


def _mapping(image: MachoImage) -> Iterator[MappedPart]:
    what = "segments"
    for command in image.of_kind(*_MAPPING_LAYOUTS):
        body = image.body(what, command)
        address, offset, size, rights = body.row(
            what, _MAPPING_LAYOUTS[command.kind], 0
        )
        yield MappedPart(
            address,
            offset,
            size,
            is_code=bool(rights & _EXECUTABLE),
            has_pointers=bool(rights & _WRITABLE),
        )
