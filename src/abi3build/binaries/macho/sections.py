"""Give the sections of a Mach-O image.

Specification: Apple's header ``<mach-o/loader.h>``,
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o
"""

from __future__ import annotations

import struct

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.macho.commands import MachoImage

__all__ = ["Section", "find_section", "sections"]

_COUNT_LAYOUTS = {0x1: "48xI4x", 0x19: "64xI4x"}
"""By LC_SEGMENT and LC_SEGMENT_64: how many sections follow."""

_SECTION_LAYOUTS = {0x1: "16s16sIII4xIII8x", 0x19: "16s16sQQI4xIII12x"}


class Section(NamedTuple):
    """Say what a section is and where it lies, in memory and in the image."""

    name: str
    segment: str
    address: int
    size: int
    offset: int
    relocations: int
    """The place of the relocations, which object files have."""

    relocation_count: int
    flags: int


def sections(image: MachoImage) -> Iterator[Section]:
    """Give all sections in their order, by which symbols count them from one.

    Raise ``MalformedError`` where a load command ends before they do.
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
            yield Section(_text(name), _text(segment), *numbers)


def find_section(image: MachoImage, *names: str) -> bytes:
    """Give the bytes of the first section that has one of the names, or none."""
    what = "sections"
    for section in sections(image):
        if section.name in names:
            part = image.window.part(what, section.offset, section.size)
            return part.data[part.start : part.start + part.size]
    return b""


def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode("ascii", "backslashreplace")
