"""Return the header and the load commands of the images in a Mach-O file.

Specification: Apple's headers ``<mach-o/loader.h>`` and ``<mach-o/fat.h>``,
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import open_window
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = [
    "Command",
    "MachoImage",
    "MachoSection",
    "find_section",
    "open_macho",
    "sections",
]


_COUNT_LAYOUTS = {0x1: "48xI4x", 0x19: "64xI4x"}
"""By LC_SEGMENT and LC_SEGMENT_64: how many sections follow."""

_SECTION_LAYOUTS = {0x1: "16s16sIII4xIII8x", 0x19: "16s16sQQI4xIII12x"}


class MachoSection(NamedTuple):
    """Describe a section, and where it is in memory and in the image."""

    name: str
    segment: str
    address: int
    size: int
    offset: int
    relocations: int
    """The place of the relocations, which object files have."""

    relocation_count: int
    flags: int


def sections(image: MachoImage) -> Iterator[MachoSection]:
    """Return all sections in their order, by which symbols count them from one.

    Raise ``MalformedError`` if a load command ends before they do.
    """
    what = "sections"
    for command in image.of_kind(*_COUNT_LAYOUTS):
        body = image.body(what, command)
        layout = _COUNT_LAYOUTS[command.kind]
        (count,) = body.row(what, layout, 0)
        rows = body.rows(
            what, _SECTION_LAYOUTS[command.kind], struct.calcsize(f"={layout}"), count
        )
        for name, segment, *numbers in rows:
            yield MachoSection(_text(name), _text(segment), *numbers)


def find_section(image: MachoImage, *names: str) -> bytes:
    """Return the bytes of the first section that has one of the names, or none."""
    what = "sections"
    for section in sections(image):
        if section.name in names:
            part = image.window.part(what, section.offset, section.size)
            return part.data[part.start : part.start + part.size]
    return b""


def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode("ascii", "backslashreplace")


_HEADERS = {
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xcf\xfa\xed\xfe": ("<", True),
}
"""By the magic number: the byte order and whether the image is of 64 bits."""

_HEADER_SIZES = {False: 28, True: 32}
_COMMAND_HEADER_SIZE = 8

_UNIVERSAL_LAYOUTS = {
    b"\xca\xfe\xba\xbe": "8xII4x",
    b"\xca\xfe\xba\xbf": "8xQQ8x",
}
"""By the magic number: where a slice lies, of ``fat_arch`` and ``fat_arch_64``."""

_MOST_SLICES = 44
"""Java's class files begin like universal files, but with 45 or more at this place."""

_STATIC_LIBRARY = b"!<arch>\n"


class Command(NamedTuple):
    """Say where a load command is."""

    kind: int
    offset: int
    size: int


class MachoImage(NamedTuple):
    """Return the header and the load commands of one image."""

    window: BytesWindow
    is_64_bit: bool
    processor: int
    variant: int
    """The ``cpusubtype`` without its capability bits."""

    file_type: int
    flags: int
    commands: tuple[Command, ...]

    def of_kind(self, *kinds: int) -> Iterator[Command]:
        """Return the load commands of some kinds in the order of the file."""
        return (command for command in self.commands if command.kind in kinds)

    def fields(self, what: str, layout: str, *kinds: int) -> tuple[int, ...] | None:
        """Return the numbers of the first load command of some kinds, if there is one.

        The layout begins after the command's own kind and size.
        """
        for command in self.of_kind(*kinds):
            return self.body(what, command).row(what, layout, _COMMAND_HEADER_SIZE)
        return None

    def body(self, what: str, command: Command) -> BytesWindow:
        """Return the bytes of one load command with its kind and size."""
        return self.window.part(what, command.offset, command.size)


def open_macho(data: bytes) -> Iterator[MachoImage]:
    """Read the headers of each image: one, or those of a universal file.

    Static libraries in a universal file are left out, as they are not images.

    Raise ``MalformedError`` if the file is not what its headers say.
    """
    file = open_window(data, ">")
    for offset, size in _slices(file):
        if not data.startswith(_STATIC_LIBRARY, offset):
            yield _image(file.part("slice", offset, size))


def _slices(file: BytesWindow) -> tuple[tuple[int, ...], ...]:
    layout = _UNIVERSAL_LAYOUTS.get(file.data[:4])
    if layout is None:
        return ((0, file.size),)
    (count,) = file.row("universal header", "I", 4)
    if not 0 < count <= _MOST_SLICES:
        message = "universal header: invalid number of slices"
        raise MalformedError(message)
    slices = tuple(file.rows("universal header", layout, 8, count))
    end = 0
    for offset, size in sorted(slices):
        # Neither lipo nor the loader knows slices that share bytes.
        if offset < end:
            message = "universal header: slices overlap"
            raise MalformedError(message)
        end = offset + size
    return slices


def _image(window: BytesWindow) -> MachoImage:
    magic = window.data[window.start : window.start + min(4, window.size)]
    if magic not in _HEADERS:
        message = "mach-o header: not a mach-o image"
        raise MalformedError(message)
    byte_order, is_64_bit = _HEADERS[magic]
    size = _HEADER_SIZES[is_64_bit]
    window = window._replace(byte_order=byte_order)
    header = window.part("mach-o header", 0, size)
    processor, variant, file_type, count, commands_size, flags = header.row(
        "mach-o header", "6I", 4
    )
    commands = window.part("load commands", 0, size + commands_size)
    return MachoImage(
        window=window,
        is_64_bit=is_64_bit,
        processor=processor,
        variant=variant & 0xFFFFFF,
        file_type=file_type,
        flags=flags,
        commands=tuple(_commands(commands, size, count)),
    )


def _commands(window: BytesWindow, offset: int, count: int) -> Iterator[Command]:
    for _ in range(count):
        kind, size = window.row("load commands", "II", offset)
        window.allowance.keep("load commands", 0)
        command = Command(kind, offset, size)
        if size < _COMMAND_HEADER_SIZE or offset + size > window.size:
            message = "load commands: one has the wrong size"
            raise MalformedError(message)
        yield command
        offset += size
