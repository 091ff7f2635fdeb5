"""Tell formats apart by their first bytes, and load a reader only when needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from whole_images import read_elf

from abi3build.binaries.image import BinaryFormat
from abi3build.binaries.magic_number import HEAD_SIZE, image_format
from abi3build.errors import MalformedError
from abi3build.inspection.image_files import read_images

BINARIES = Path(__file__).parent.parent / "binaries" / "linux"


def dos(start: int, signature: bytes) -> bytes:
    """Make a DOS program with something where a PE file has its signature."""
    stub = b"MZ".ljust(0x3C, b"\0") + start.to_bytes(4, "little")
    return stub.ljust(start, b"\0") + signature


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"\x7fELF", BinaryFormat.ELF, id="ELF"),
        pytest.param(b"\x7fEL", None, id="ELF cut short"),
        pytest.param(dos(0x80, b"PE\0\0"), BinaryFormat.PE, id="PE"),
        pytest.param(dos(0x40, b"PE\0\0"), BinaryFormat.PE, id="PE without a stub"),
        pytest.param(dos(0x80, b"NE\0\0"), None, id="16-bit Windows"),
        pytest.param(dos(0x80, b"PE\0"), None, id="PE cut short"),
        pytest.param(dos(0xFFFFFFFF & 0x8000, b""), None, id="signature elsewhere"),
        pytest.param(b"MZ", None, id="two letters"),
        pytest.param(b"MZ\0\0PE\0\0".ljust(64, b"\0"), None, id="DOS"),
        pytest.param(b"\xfe\xed\xfa\xce", BinaryFormat.MACH_O, id="Mach-O 32 big"),
        pytest.param(b"\xce\xfa\xed\xfe", BinaryFormat.MACH_O, id="Mach-O 32 little"),
        pytest.param(b"\xfe\xed\xfa\xcf", BinaryFormat.MACH_O, id="Mach-O 64 big"),
        pytest.param(b"\xcf\xfa\xed\xfe", BinaryFormat.MACH_O, id="Mach-O 64 little"),
        pytest.param(b"\xca\xfe\xba\xbf", BinaryFormat.MACH_O, id="fat 64 big"),
        pytest.param(b"\xbf\xba\xfe\xca", BinaryFormat.MACH_O, id="fat 64 little"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\2", BinaryFormat.MACH_O, id="fat big"),
        pytest.param(b"\xbe\xba\xfe\xca\2\0\0\0", BinaryFormat.MACH_O, id="fat little"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x2d", None, id="Java 1.1"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x41", None, id="Java 21"),
        pytest.param(b"\xca\xfe\xba\xbe\xff\xff\0\x41", None, id="Java 21 preview"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\0", None, id="fat without slices"),
        pytest.param(b"\xca\xfe\xba\xbe", None, id="fat cut short"),
        pytest.param(b"!<arch>\n", None, id="static library"),
        pytest.param(b"#!/bin/sh\n", None, id="script"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_image_format(head: bytes, expected: BinaryFormat | None) -> None:
    assert image_format(head) is expected


def test_head_size_is_enough() -> None:
    """Stubs of a kilobyte occur: linkers keep the "Rich" header in them."""
    data = dos(0x400, b"PE\0\0") + bytes(10_000)
    assert image_format(data[:HEAD_SIZE]) is image_format(data) is BinaryFormat.PE


@pytest.mark.parametrize("path", [b"/rustc/0123abcd/library", b"/usr/src/rustc-1.63/l"])
def test_rusts_standard_library_is_recognized(path: bytes) -> None:
    data = (BINARIES / "library-x86_64.elf").read_bytes()
    assert [image.has_rust for image in read_images(data)] == [False]
    assert [image.has_rust for image in read_images(data + path)] == [True]


def test_read_images() -> None:
    data = (BINARIES / "library-s390x.elf").read_bytes()
    assert read_images(data) == (read_elf(data),)


@pytest.mark.parametrize("data", [b"", b"MZ", b"!<arch>\n", b"\xca\xfe\xba\xbe\0\0\0A"])
def test_no_image(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        read_images(data)
    assert str(caught.value) == "neither elf nor pe nor mach-o"
