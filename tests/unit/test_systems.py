"""ABI607: what a module asks of its system against what the wheel's tag promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plain_facts import ERROR, WARNING, elf, macho, wheel

from abi3build.audit.report import audit
from abi3build.binaries.image import BinaryFile

if TYPE_CHECKING:
    from abi3build.binaries.image import Image
    from abi3build.rules.finding import Finding

MUSL = elf("PyList_Size")._replace(libraries=("libc.so",))


def needing(*versions: str) -> Image:
    needs = tuple(("libc.so.6", version) for version in versions)
    return elf("PyList_Size")._replace(libraries=("libc.so.6",), version_needs=needs)


def macos(machine: str, *minimum: int) -> Image:
    image = macho("PyList_Size", "")
    return image._replace(machine=machine, minimum_os=(minimum[0], minimum[1]))


def findings(platform: str, *images: Image) -> list[Finding]:
    name = f"demo-1.0-cp39-abi3-{platform}.whl"
    audited = wheel(BinaryFile("demo/core.abi3.so", images), name=name)
    return [each for each in audit(audited).findings if each.code == "ABI607"]


@pytest.mark.parametrize(
    ("platform", "image", "subjects"),
    [
        ("manylinux_2_17_x86_64", needing("GLIBC_2.2.5", "GLIBC_2.17"), []),
        ("manylinux_2_17_x86_64", needing("GLIBC_2.17", "GLIBC_2.34"), ["GLIBC_2.34"]),
        (
            "manylinux_2_17_x86_64",
            needing("GLIBC_2.28", "GLIBC_2.34", "GLIBC_2.4"),
            ["GLIBC_2.34"],
        ),
        ("manylinux2014_x86_64", needing("GLIBC_2.17"), []),
        ("musllinux_1_2_x86_64", needing("GLIBC_2.4", "GLIBC_2.17"), ["GLIBC_2.17"]),
        ("manylinux2010_x86_64", needing("GLIBC_2.17"), ["GLIBC_2.17"]),
        ("manylinux1_x86_64", needing("GLIBC_2.5", "GLIBC_2.14"), ["GLIBC_2.14"]),
        (
            "manylinux_2_28_x86_64.manylinux_2_17_x86_64",
            needing("GLIBC_2.18"),
            ["GLIBC_2.18"],
        ),
        ("manylinux_2_35_x86_64", needing("GLIBC_ABI_DT_RELR"), ["GLIBC_ABI_DT_RELR"]),
        ("manylinux_2_36_x86_64", needing("GLIBC_ABI_DT_RELR", "GLIBC_PRIVATE"), []),
        ("manylinux_2_17_x86_64", needing("GLIBCXX_3.4.30"), []),
        ("linux_x86_64", needing("GLIBC_2.34"), []),
        ("musllinux_1_2_x86_64", MUSL, []),
        ("musllinux_1_2_x86_64", needing("GLIBC_2.17"), ["GLIBC_2.17"]),
        ("musllinux_1_2_x86_64", needing(), ["libc.so.6"]),
        ("macosx_10_13_x86_64", macos("x86_64", 10, 13), []),
        ("macosx_10_9_x86_64", macos("x86_64", 10, 13), ["macOS 10.13"]),
        ("macosx_11_0_arm64", macos("arm64", 11, 0), []),
        ("macosx_11_0_arm64", macos("arm64", 11, 3), ["macOS 11.3"]),
    ],
)
def test_the_oldest_system_of_the_tag_counts(
    platform: str, image: Image, subjects: list[str]
) -> None:
    assert [each.what for each in findings(platform, image)] == subjects


def test_a_universal_tag_promises_the_first_macos_of_arm() -> None:
    slices = macos("x86_64", 10, 13), macos("arm64", 11, 0)
    assert findings("macosx_10_13_universal2", *slices) == []
    (finding,) = findings("macosx_10_9_universal2", *slices)
    assert (finding.architecture, finding.severity) == ("x86_64", WARNING)
    assert finding.message == (
        "the file requires it, but the wheel's tag promises macOS 10.9"
    )


def test_the_words_for_glibc() -> None:
    (finding,) = findings("manylinux2014_x86_64", needing("GLIBC_2.34"))
    assert finding.severity is ERROR
    assert finding.message == (
        "libc.so.6 has it only since glibc 2.34, but the wheel's tag promises glibc"
        " 2.17"
    )
    (finding,) = findings("musllinux_1_2_x86_64", needing("GLIBC_2.17"))
    assert finding.message == "belongs to glibc, but the wheel's tag promises musl"
    assert finding.hint == (
        "build for the system that the tag names, or tag the wheel for this one"
    )
