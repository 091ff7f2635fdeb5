"""Read small ELF files of every kind and machine."""

from __future__ import annotations

import pytest
from checked_in_files import elf
from whole_images import read_elf

from abi3build.binaries.image import BinaryFormat, Image, Import

LIBRARY = Image(
    format=BinaryFormat.ELF,
    machine="x86_64",
    imports=(
        Import("PyLong_FromLong"),
        Import("Py_GetConstantBorrowed", weak=True),
        Import("_Py_NoneStruct"),
    ),
    exports=("PyInit_sample",),
    libraries=("libc.so.6",),
    install_name="libsample.so.1",
    symbol_table_stripped=True,
    version_needs=(("libc.so.6", "GLIBC_2.17"), ("libc.so.6", "GLIBC_2.25")),
)

X86_64 = LIBRARY._replace(
    symbol_table_stripped=False,
    version_needs=(("libc.so.6", "GLIBC_2.2.5"), ("libc.so.6", "GLIBC_2.25")),
)

AARCH64 = LIBRARY._replace(machine="aarch64")

S390X = LIBRARY._replace(
    machine="s390x",
    version_needs=(("libc.so.6", "GLIBC_2.2"), ("libc.so.6", "GLIBC_2.25")),
)

I686 = LIBRARY._replace(
    machine="i686",
    version_needs=(("libc.so.6", "GLIBC_2.0"), ("libc.so.6", "GLIBC_2.25")),
)


@pytest.mark.parametrize(
    ("name", "image"),
    [
        pytest.param("library-x86_64", X86_64, id="with symbol table"),
        pytest.param(
            "stripped-x86_64",
            X86_64._replace(symbol_table_stripped=True),
            id="stripped",
        ),
        pytest.param(
            "debug-x86_64",
            X86_64._replace(has_debug_information=True),
            id="with DWARF",
        ),
        pytest.param(
            "sectionless-x86_64",
            X86_64._replace(symbol_table_stripped=True),
            id="without section headers",
        ),
        pytest.param(
            "sectionless-no-exports-x86_64",
            X86_64._replace(exports=(), symbol_table_stripped=True),
            id="empty GNU hash table",
        ),
        pytest.param(
            "no-exports-x86_64",
            X86_64._replace(exports=()),
            id="empty GNU hash table, with section headers",
        ),
        pytest.param(
            "program-x86_64",
            X86_64._replace(
                imports=(Import("Py_GetConstantBorrowed", weak=True),),
                exports=(),
                install_name="",
                is_shared_library=False,
            ),
            id="position-independent program",
        ),
        pytest.param(
            "object-x86_64",
            X86_64._replace(
                libraries=(),
                install_name="",
                is_shared_library=False,
                version_needs=(),
            ),
            id="object file",
        ),
        pytest.param(
            "only-debug-x86_64",
            Image(
                format=BinaryFormat.ELF,
                machine="x86_64",
                is_shared_library=False,
                has_debug_information=True,
            ),
            id="separate debug file",
        ),
        pytest.param("library-aarch64", AARCH64, id="aarch64"),
        pytest.param("sectionless-aarch64", AARCH64, id="aarch64, no section headers"),
        pytest.param(
            "sectionless-sysv-hash-aarch64", AARCH64, id="aarch64, no GNU hash table"
        ),
        pytest.param("library-s390x", S390X, id="big-endian"),
        pytest.param("sectionless-s390x", S390X, id="big-endian, no section headers"),
        pytest.param("library-i686", I686, id="32 bits"),
        pytest.param("sectionless-i686", I686, id="32 bits, no section headers"),
        pytest.param(
            "library-armv7l",
            LIBRARY._replace(
                machine="armv7l",
                version_needs=(("libc.so.6", "GLIBC_2.25"), ("libc.so.6", "GLIBC_2.4")),
            ),
            id="armv7l",
        ),
        pytest.param(
            "library-loongarch64",
            LIBRARY._replace(
                machine="loongarch64",
                version_needs=(("libc.so.6", "GLIBC_2.36"),),
            ),
            id="loongarch64",
        ),
        pytest.param(
            "library-ppc64le",
            LIBRARY._replace(machine="ppc64le"),
            id="ppc64le",
        ),
        pytest.param(
            "library-riscv64",
            LIBRARY._replace(
                machine="riscv64",
                version_needs=(("libc.so.6", "GLIBC_2.27"),),
            ),
            id="riscv64",
        ),
    ],
)
def test_image(name: str, image: Image) -> None:
    assert read_elf(elf(name)) == image


@pytest.mark.parametrize(
    ("name", "number", "machine"),
    [
        pytest.param("library-x86_64", 0, "unknown-0x0", id="no machine"),
        pytest.param("library-x86_64", 8, "unknown-0x8", id="MIPS"),
        pytest.param("library-x86_64", 0x1234, "unknown-0x1234", id="nobody's"),
        pytest.param("library-i686", 62, "unknown-0x3e", id="x32, which is not x86_64"),
        pytest.param("library-s390x", 21, "ppc64", id="big-endian PowerPC"),
        pytest.param("library-s390x", 183, "unknown-0xb7", id="big-endian AArch64"),
    ],
)
def test_machine(name: str, number: int, machine: str) -> None:
    data = bytearray(elf(name))
    data[18:20] = number.to_bytes(2, "little" if data[5] == 1 else "big")
    assert read_elf(bytes(data)).machine == machine
