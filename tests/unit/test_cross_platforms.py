"""Platforms from tags, zig's names for them, and files for two processors."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import pytest
from whole_images import read_macho

from abi3build.cross.target_files import join_slices
from abi3build.cross.zig import zig_target
from abi3build.platforms import PLATFORM_TAGS, read_platform

MACOS = Path(__file__).parent.parent / "binaries" / "macos"


@pytest.mark.parametrize(
    ("tag", "zig", "host"),
    [
        ("manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17", "linux-x86_64"),
        ("manylinux_2_28_aarch64", "aarch64-linux-gnu.2.28", "linux-aarch64"),
        ("manylinux_2_17_armv7l", "arm-linux-gnueabihf.2.17", "linux-armv7l"),
        ("manylinux_2_17_ppc64le", "powerpc64le-linux-gnu.2.19", "linux-ppc64le"),
        ("manylinux_2_28_ppc64le", "powerpc64le-linux-gnu.2.28", "linux-ppc64le"),
        ("manylinux_2_17_i686", "x86-linux-gnu.2.17", "linux-i686"),
        ("musllinux_1_2_armv7l", "arm-linux-musleabihf", "linux-armv7l"),
        ("musllinux_1_2_aarch64", "aarch64-linux-musl", "linux-aarch64"),
        ("macosx_11_0_arm64", "aarch64-macos.11.0", "macosx-11.0-arm64"),
        ("macosx_10_13_x86_64", "x86_64-macos.10.13", "macosx-10.13-x86_64"),
        ("win_amd64", "x86_64-windows-gnu", "win-amd64"),
        ("win32", "x86-windows-gnu", "win32"),
        ("win_arm64", "aarch64-windows-gnu", "win-arm64"),
    ],
)
def test_a_platform_follows_from_its_tag(tag: str, zig: str, host: str) -> None:
    platform = read_platform(tag)
    assert zig_target(platform) == zig
    assert platform.host_platform == host
    assert platform.slices == (platform,)


def test_a_universal_file_is_built_in_two_slices() -> None:
    platform = read_platform("macosx_10_13_universal2")
    assert platform.host_platform == "macosx-10.13-universal2"
    names = [zig_target(each) for each in platform.slices]
    assert names == ["x86_64-macos.10.13", "aarch64-macos.11.0"]


def test_all_of_the_known_tags_are_platforms() -> None:
    assert [read_platform(tag).tag for tag in PLATFORM_TAGS] == list(PLATFORM_TAGS)


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("macosx_10_9_arm64", "macosx_11_0_arm64"),
        ("linux_x86_64", "manylinux_2_17_x86_64"),
        ("Linux", "manylinux_2_17_x86_64"),
        ("alpine-arm64", "musllinux_1_2_aarch64"),
        ("windows", "win_amd64"),
        ("win-x64", "win_amd64"),
        ("macos-aarch64", "macosx_11_0_arm64"),
        ("windows_m68k", ""),
        ("manylinux_2_17_m68k", ""),
        ("any", ""),
    ],
)
def test_other_tags_are_refused(tag: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"^{meant}$"):
        read_platform(tag)


def test_joining_gives_what_lipo_gives() -> None:
    whole = lzma.decompress((MACOS / "universal.bundle.xz").read_bytes())
    entries = struct.iter_unpack(">IIIII", whole[8 : 8 + 2 * 20])
    slices = [whole[offset : offset + size] for _, _, offset, size, _ in entries]
    assert join_slices(slices) == whole
    assert join_slices(reversed(slices)) == whole
    machines = [image.machine for image in read_macho(join_slices(slices))]
    assert machines == ["x86_64", "arm64"]
