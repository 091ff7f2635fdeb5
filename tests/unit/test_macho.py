"""Read small Mach-O files: bundles, libraries, objects, universal files."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from checked_in_files import bytes_of
from whole_images import read_macho

from abi3build.binaries.image import BinaryFormat, Image, Import, MobileSystem

BINARIES = Path(__file__).parent.parent / "binaries" / "macos"

SYSTEM = "/usr/lib/libSystem.B.dylib"
FRAMEWORK = "/Library/Frameworks/Python.framework/Versions/3.11/Python"


def imports(python: str = "") -> tuple[Import, ...]:
    """Return what the sample takes from CPython."""
    return (
        Import("PyLong_FromLong", python),
        Import("Py_GetConstantBorrowed", python, weak=True),
        Import("_Py_NoneStruct", python),
    )


BUNDLE = Image(
    format=BinaryFormat.MACH_O,
    machine="x86_64",
    imports=imports(),
    exports=("PyInit_sample",),
    libraries=(SYSTEM,),
    minimum_os=(11, 0),
)
ARM64 = BUNDLE._replace(machine="arm64")

OBJECT = BUNDLE._replace(
    libraries=(),
    is_shared_library=False,
)


def read(name: str) -> bytearray:
    return bytearray(bytes_of(f"macos/{name}"))


@pytest.mark.parametrize(
    ("name", "images"),
    [
        pytest.param("bundle-x86_64.bundle", (BUNDLE,), id="x86_64"),
        pytest.param("bundle-arm64.bundle", (ARM64,), id="arm64"),
        pytest.param("chained-arm64.bundle", (ARM64,), id="chained fixups"),
        pytest.param("universal.bundle", (BUNDLE, ARM64), id="universal"),
        pytest.param("universal64.bundle", (BUNDLE, ARM64), id="universal, 64 bits"),
        pytest.param("archives.a", (), id="static libraries"),
        pytest.param(
            "framework-x86_64.dylib",
            (
                BUNDLE._replace(
                    imports=imports(FRAMEWORK),
                    libraries=(FRAMEWORK, SYSTEM),
                    install_name="@rpath/libsample.dylib",
                ),
            ),
            id="bound to the framework",
        ),
        pytest.param(
            "flat-x86_64.bundle",
            (BUNDLE,),
            id="flat namespace",
        ),
        pytest.param(
            "stripped-x86_64.bundle",
            (BUNDLE._replace(symbol_table_stripped=True),),
            id="stripped",
        ),
        pytest.param(
            "zig-x86_64.dylib",
            (
                BUNDLE._replace(
                    install_name="zig-x86_64.dylib",
                    minimum_os=(10, 13),
                ),
            ),
            id="dynamic lookup as Zig writes it",
        ),
        pytest.param(
            "program-x86_64",
            (
                BUNDLE._replace(
                    is_shared_library=False,
                ),
            ),
            id="program",
        ),
        pytest.param(
            "object-arm64.o",
            (OBJECT._replace(machine="arm64", has_debug_information=True),),
            id="object with DWARF",
        ),
        pytest.param(
            "object-i386.o",
            (OBJECT._replace(machine="i386", minimum_os=(10, 6)),),
            id="object of 32 bits",
        ),
    ],
)
def test_images(name: str, images: tuple[Image, ...]) -> None:
    assert read_macho(bytes(read(name))) == images


@pytest.mark.parametrize(
    ("processor", "variant", "machine"),
    [
        pytest.param(0x01000007, 0x80000003, "x86_64", id="capability bits"),
        pytest.param(0x01000007, 8, "x86_64h", id="Haswell"),
        pytest.param(0x0100000C, 0x80000002, "arm64e", id="arm64e"),
        pytest.param(0x0200000C, 1, "arm64_32", id="watch"),
        pytest.param(0x01000018, 0, "unknown-0x1000018", id="any other"),
    ],
)
def test_machine(processor: int, variant: int, machine: str) -> None:
    data = read("bundle-x86_64.bundle")
    struct.pack_into("<II", data, 4, processor, variant)
    assert read_macho(bytes(data)) == (BUNDLE._replace(machine=machine),)


def command(data: bytearray, kind: int) -> int:
    """Return the place of a load command in a file of 64 bits."""
    place = 32
    while True:
        found, size = struct.unpack_from("<II", data, place)
        if found == kind:
            return place
        place += size


def test_without_symbol_table() -> None:
    """The loader of macOS needs none."""
    data = read("chained-arm64.bundle")
    struct.pack_into("<I", data, command(data, 0x2) + 12, 0)
    assert read_macho(bytes(data)) == (ARM64._replace(symbol_table_stripped=True),)


def test_without_export_trie() -> None:
    """The loader of old systems takes the symbol table instead."""
    data = read("chained-arm64.bundle")
    struct.pack_into("<I", data, command(data, 0x80000033) + 12, 0)
    assert read_macho(bytes(data)) == (ARM64,)


@pytest.mark.parametrize(
    ("kind", "fields", "system", "minimum_os"),
    [
        pytest.param(0x32, (1, 13 << 16 | 2 << 8 | 1), None, (13, 2), id="macOS"),
        pytest.param(0x32, (2, 13 << 16), MobileSystem.IOS, (13, 0), id="iOS"),
        pytest.param(
            0x32, (7, 14 << 16), MobileSystem.IOS_SIMULATOR, (14, 0), id="simulator"
        ),
        pytest.param(0x32, (3, 17 << 16), None, None, id="tvOS"),
        pytest.param(
            0x24, (10 << 16 | 9 << 8, 11 << 16), None, (10, 9), id="old command"
        ),
        pytest.param(
            0x25, (8 << 16, 9 << 16), MobileSystem.IOS, (8, 0), id="old command of iOS"
        ),
    ],
)
def test_minimum_os(
    kind: int,
    fields: tuple[int, int],
    system: MobileSystem | None,
    minimum_os: tuple[int, int] | None,
) -> None:
    data = read("bundle-x86_64.bundle")
    place = command(data, 0x32)
    struct.pack_into("<I", data, place, kind)
    struct.pack_into("<II", data, place + 8, *fields)
    expected = BUNDLE._replace(minimum_os=minimum_os, mobile_system=system)
    assert read_macho(bytes(data)) == (expected,)


@pytest.mark.parametrize(
    ("file", "name", "found"),
    [
        pytest.param("bundle-x86_64.bundle", b"_scanner_create1", True, id="bundle"),
        pytest.param("chained-arm64.bundle", b"_scanner_create1", True, id="chained"),
        pytest.param(
            "bundle-x86_64.bundle", b"_CFStringCreate1", False, id="framework"
        ),
        pytest.param("flat-x86_64.bundle", b"_scanner_create1", False, id="flat"),
        pytest.param(
            "framework-x86_64.dylib", b"_scanner_create1", False, id="other-library"
        ),
        pytest.param("object-arm64.o", b"_scanner_create1", False, id="object"),
    ],
)
def test_functions_that_no_library_had(file: str, name: bytes, *, found: bool) -> None:
    """One of CPython's functions becomes one of the module's own that is missing."""
    data = read(file).replace(b"_PyLong_FromLong\0", name + b"\0")
    (image,) = read_macho(bytes(data))
    assert image.unprovided == ((name[1:].decode(),) if found else ())
