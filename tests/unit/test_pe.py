"""Read small PE files for every processor and with every kind of import."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from checked_in_files import bytes_of
from whole_images import read_pe

from abi3build.binaries.image import BinaryFormat, Image, Import

BINARIES = Path(__file__).parent.parent / "binaries" / "windows"

STABLE = Image(
    format=BinaryFormat.PE,
    machine="x86_64",
    imports=(
        Import("PyLong_FromLong", "python3.dll"),
        Import("_Py_NoneStruct", "python3.dll"),
    ),
    exports=("PyInit_sample",),
    libraries=("kernel32.dll", "python3.dll"),
    install_name="stable-x86_64.dll",
    symbol_table_stripped=True,
)

VERSIONED = STABLE._replace(
    imports=(
        Import("PyLong_FromLong", "python311.dll"),
        Import("_Py_NoneStruct", "python311.dll"),
    ),
    libraries=("kernel32.dll", "python311.dll"),
    install_name="versioned-x86_64.dll",
)

DELAYED = STABLE._replace(
    imports=(Import("PyLong_FromLong", "python3.dll", delayed=True),),
    libraries=("kernel32.dll",),
    install_name="delayed-x86_64.dll",
)


def read(name: str) -> bytearray:
    return bytearray(bytes_of(f"windows/{name}"))


@pytest.mark.parametrize(
    ("name", "image"),
    [
        pytest.param("stable-x86_64.dll", STABLE, id="python3.dll"),
        pytest.param(
            "stable-i686.dll",
            STABLE._replace(machine="i686", install_name="stable-i686.dll"),
            id="32 bits",
        ),
        pytest.param(
            "stable-arm64.dll",
            STABLE._replace(machine="arm64", install_name="stable-arm64.dll"),
            id="arm64",
        ),
        pytest.param("versioned-x86_64.dll", VERSIONED, id="python311.dll"),
        pytest.param(
            "ordinals-x86_64.dll",
            VERSIONED._replace(
                imports=(
                    Import("", "python311.dll", ordinal=7),
                    Import("", "python311.dll", ordinal=8),
                ),
                install_name="ordinals-x86_64.dll",
            ),
            id="by ordinal",
        ),
        pytest.param("delayed-x86_64.dll", DELAYED, id="delayed"),
        pytest.param(
            "delayed-i686.dll",
            DELAYED._replace(machine="i686", install_name="delayed-i686.dll"),
            id="delayed, 32 bits",
        ),
        pytest.param(
            "delayed-arm64.dll",
            DELAYED._replace(machine="arm64", install_name="delayed-arm64.dll"),
            id="delayed, arm64",
        ),
        pytest.param(
            "forwarders-x86_64.dll",
            VERSIONED._replace(
                exports=(
                    "PyInit_sample",
                    "PyLong_FromLong",
                    "_Py_NoneStruct",
                ),
                install_name="forwarders-x86_64.dll",
            ),
            id="forwarders",
        ),
        pytest.param(
            "program-x86_64.exe",
            VERSIONED._replace(
                install_name="program-x86_64.exe", is_shared_library=False
            ),
            id="program",
        ),
        pytest.param(
            "codeview-x86_64.dll",
            VERSIONED._replace(
                install_name="codeview-x86_64.dll",
                has_debug_information=True,
            ),
            id="CodeView",
        ),
        pytest.param(
            "dwarf-x86_64.dll",
            VERSIONED._replace(
                install_name="dwarf-x86_64.dll",
                symbol_table_stripped=False,
                has_debug_information=True,
            ),
            id="DWARF and symbol table",
        ),
    ],
)
def test_image(name: str, image: Image) -> None:
    assert read_pe(bytes(read(name))) == image


@pytest.mark.parametrize(
    ("number", "machine"),
    [
        pytest.param(0x1C4, "arm32", id="arm32"),
        pytest.param(0, "unknown-0x0", id="any machine"),
        pytest.param(0x5064, "unknown-0x5064", id="RISC-V"),
    ],
)
def test_machine(number: int, machine: str) -> None:
    data = read("stable-x86_64.dll")
    (header,) = struct.unpack_from("<I", data, 0x3C)
    struct.pack_into("<H", data, header + 4, number)
    assert read_pe(bytes(data)) == STABLE._replace(machine=machine)


def directory(data: bytearray, number: int) -> int:
    """Return the place in the headers of what says where a directory is."""
    (header,) = struct.unpack_from("<I", data, 0x3C)
    (magic,) = struct.unpack_from("<H", data, header + 24)
    size: int = {0x10B: 96, 0x20B: 112}[magic]
    return int(header) + 24 + size + 8 * number


def test_dwarf_without_debug_directory() -> None:
    """The names of its sections are too long for the section table."""
    data = read("dwarf-x86_64.dll")
    struct.pack_into("<II", data, directory(data, 6), 0, 0)
    assert read_pe(bytes(data)).has_debug_information


def place_in_file(data: bytearray, address: int) -> int:
    """Return the place of what the section table puts at an address."""
    (header,) = struct.unpack_from("<I", data, 0x3C)
    count, size = struct.unpack_from("<H12xH", data, header + 6)
    for number in range(count):
        start, length, place = struct.unpack_from(
            "<III", data, header + 24 + size + 40 * number + 12
        )
        if start <= address < start + length:
            return int(place + address - start)
    raise AssertionError(address)


def test_bound_imports() -> None:
    """Binding puts addresses in one table and lists the libraries they belong to."""
    data = read("stable-x86_64.dll")
    bound = 0x380
    struct.pack_into("<II", data, directory(data, 11), bound, 28)
    rows = struct.pack("<IHHIHHIHH", 1, 32, 1, 1, 44, 0, 0, 0, 0)
    names = b"python3.dll\0python311.dll\0"
    data[bound : bound + 32 + len(names)] = rows.ljust(32, b"\0") + names
    (imports,) = struct.unpack_from("<I", data, directory(data, 1))
    place = place_in_file(data, imports)
    (table,) = struct.unpack_from("<I", data, place + 16)
    struct.pack_into("<Q", data, place_in_file(data, table), 0x7FFF12345678)
    assert read_pe(bytes(data)) == STABLE._replace(
        libraries=("kernel32.dll", "python3.dll", "python311.dll")
    )


def test_only_the_table_that_the_loader_overwrites() -> None:
    """Borland's linker leaves the other one out."""
    data = read("stable-x86_64.dll")
    (imports,) = struct.unpack_from("<I", data, directory(data, 1))
    struct.pack_into("<I", data, place_in_file(data, imports), 0)
    assert read_pe(bytes(data)) == STABLE


def test_delayed_imports_by_virtual_addresses() -> None:
    """Visual C++ 6 counts from zero instead of the start of the image."""
    data = read("delayed-i686.dll")
    base = 0x10000000
    (address,) = struct.unpack_from("<I", data, directory(data, 13))
    place = place_in_file(data, address)
    fields = list(struct.unpack_from("<8I", data, place))
    table = place_in_file(data, fields[4])
    (symbol,) = struct.unpack_from("<I", data, table)
    struct.pack_into("<I", data, table, symbol + base)
    fields[0] = 0
    fields[1:5] = [field + base for field in fields[1:5]]
    struct.pack_into("<8I", data, place, *fields)
    image = DELAYED._replace(machine="i686", install_name="delayed-i686.dll")
    assert read_pe(bytes(data)) == image
