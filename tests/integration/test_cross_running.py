"""Wheels for other platforms, built here and run where qemu or wine can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cross_builds import NEEDS_ZIG, build_for

from abi3build.platforms import PLATFORM_TAGS
from workbench.foreign import FOREIGN_PYTHONS
from workbench.importing import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, OnWindows, Sample

pytestmark = NEEDS_ZIG

CODE = """
import struct, sys
import cross_platform as module
assert hex(module.fnv1a(b"abi3")) == "0xfc036883edf61e5e"
assert module.SIZEOF_LONG == module.long_size == struct.calcsize("l")
assert module.SIZEOF_VOID_P == struct.calcsize("P")
assert module.ssize_size == struct.calcsize("n")
print(module.compiled_for())
"""

SAYS = {
    "aarch64": "linux 64 little",
    "armv7l": "linux 32 little",
    "s390x": "linux 64 big",
}


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(label, marks=pytest.mark.lab(f"foreign-{label}"))
        for label in FOREIGN_PYTHONS
    ],
)
def test_a_linux_wheel_runs_on_its_processor(
    label: str, example: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    """Two byte orders, two sizes of a pointer, and Pythons that built nothing."""
    python = FOREIGN_PYTHONS[label]
    target = f"manylinux_2_17_{python.machine}"
    wheel = build_for(build_wheel, example("cross-platform"), target).wheel
    done = python.run_code(unpack(wheel, tmp_path / "unpacked"), CODE)
    assert (done.stdout, done.stderr) == (f"{SAYS[python.machine]}\n", "")


@pytest.mark.lab("foreign-aarch64-3.13")
@pytest.mark.parametrize(
    ("name", "prints"),
    [("cython", "[2, 3, 5, 7, 11]\n"), ("c-package", "5.0\n")],
)
def test_examples_run_on_arm(
    name: str, prints: str, example: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    project = example(name)
    wheel = build_for(build_wheel, project, "manylinux_2_17_aarch64").wheel
    code = project.joinpath("check.py").read_text(encoding="utf-8")
    python = FOREIGN_PYTHONS["aarch64-3.13"]
    done = python.run_code(unpack(wheel, tmp_path / "unpacked"), code)
    assert (done.stdout, done.stderr) == (prints, "")


@pytest.mark.skipif(
    "ABI3_FULL_CROSS" not in os.environ,
    reason="ABI3_FULL_CROSS is not set: a new zig takes minutes for Windows",
)
def test_all_platforms_of_cross_building(
    example: Sample, build_wheel: BuildWheel, on_windows: OnWindows, tmp_path: Path
) -> None:
    build = build_for(build_wheel, example("cross-platform"), "all")
    made = {wheel.stem.rpartition("-")[2] for wheel in build.wheels}
    assert made == set(PLATFORM_TAGS), build.stderr
    (wheel,) = (each for each in build.wheels if each.stem.endswith("win_amd64"))
    done = on_windows("3.9", "-c", CODE, folder=unpack(wheel, tmp_path / "windows"))
    assert (done.returncode, done.stdout) == (0, "windows 64 little\n")
