"""Write small wheels around images made to order, right but for what is asked for."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.planted_images import Recipe, Taken, make_image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "PLATFORMS",
    "STABLE",
    "Planted",
    "at",
    "beside",
    "bound",
    "from_floor",
    "library",
    "module",
    "module_name",
    "write_wheel",
]

PLATFORMS = {
    "linux-aarch64": "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "linux-i686": "musllinux_1_2_i686",
    "linux-s390x": "manylinux_2_28_s390x",
    "linux-x86_64": "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-universal2": "macosx_11_0_universal2",
    "macos-x86_64": "macosx_11_0_x86_64",
    "windows-arm64": "win_arm64",
    "windows-i686": "win32",
    "windows-x86_64": "win_amd64",
}
"""The tags of the wheels for each system that images are made for."""

STABLE = (Taken(("PyList_Size",)),)


@dataclass(frozen=True)
class Planted:
    """Describe a wheel: its members by their paths, and what it says of itself."""

    members: Mapping[str, Recipe | bytes]
    platform: str
    python: str = "cp39"
    abi: str = "abi3"
    requires_python: str = ">=3.9"
    recorded: str = ""
    """The tag in the WHEEL file where it is not the one in the file name."""

    kept: float = 1.0
    """How much of each member is there, from its beginning."""


def module_name(system: str) -> str:
    """Return the path of the module ``demo.core`` on a system."""
    return "demo/core.pyd" if system.startswith("windows") else "demo/core.abi3.so"


def module(system: str, *symbols: str, library: str = "") -> Planted:
    """Describe a wheel whose module takes these symbols beside stable ones."""
    return at(module_name(system), Recipe(system, (*STABLE, Taken(symbols, library))))


def bound(system: str, taken: Taken) -> Planted:
    """Describe a wheel whose module takes everything from one library."""
    return at(module_name(system), Recipe(system, (taken,)))


def at(path: str, recipe: Recipe) -> Planted:
    """Describe a wheel with a single image."""
    return Planted({path: recipe}, PLATFORMS[recipe.system])


def beside(path: str, added: Recipe) -> Planted:
    """Describe a wheel with one more image beside a right module."""
    right = module(added.system)
    return replace(right, members={**right.members, path: added})


def library(system: str, *symbols: str) -> Recipe:
    """Describe a library that is not a module and takes these symbols of CPython."""
    return Recipe(system, (Taken(symbols),), gives=("help",))


def from_floor(floor: str, planted: Planted) -> Planted:
    """Let a wheel promise another floor than 3.9."""
    tag = f"cp{floor.replace('.', '')}"
    return replace(planted, python=tag, requires_python=f">={floor}")


def write_wheel(planted: Planted, folder: Path) -> Path:
    """Make the images and write the wheel into a folder."""
    tag = f"{planted.python}-{planted.abi}-{planted.platform}"
    path = folder / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        words = _words(planted.recorded or tag)
        archive.writestr("demo-1.0.dist-info/WHEEL", words)
        metadata = f"Name: demo\nRequires-Python: {planted.requires_python}\n"
        archive.writestr("demo-1.0.dist-info/METADATA", metadata)
        # Every planted fault is another one than a name that RECORD lacks.
        record = "".join(f"{name},,\n" for name in planted.members)
        archive.writestr("demo-1.0.dist-info/RECORD", record)
        for name, member in planted.members.items():
            data = make_image(member) if isinstance(member, Recipe) else member
            archive.writestr(name, data[: int(len(data) * planted.kept)])
    return path


def _words(tag: str) -> str:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    lines = [
        f"Tag: {python}-{abi}-{platform}\n"
        for python in pythons
        for abi in abis
        for platform in platforms
    ]
    return "".join(["Wheel-Version: 1.0\n", *lines])
