"""Wheels for other platforms, built here and read back; nothing of them is run."""

from __future__ import annotations

import re
import sys
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from cross_builds import NEEDS_ZIG, build_for, declare
from outcomes import extension_files, messages

from abi3build.binaries.image import BinaryFormat
from abi3build.platforms import read_platform
from abi3build.wheels.wheel_reading import read_wheel
from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.binaries.image import Image
    from workbench.fixture_types import BuildWheel, ImportOn, Sample

pytestmark = NEEDS_ZIG

LINUX = {
    "manylinux_2_17_aarch64": "aarch64",
    "manylinux_2_17_x86_64": "x86_64",
    "musllinux_1_2_x86_64": "x86_64",
}


def images(wheel: Path) -> list[Image]:
    """Read what is in the one extension file of a wheel."""
    _, (file,) = read_wheel(wheel)
    return list(file.images)


def test_one_command_makes_a_wheel_for_each_platform(
    example: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    """After a build for this machine, whose files stay where they are."""
    project = example("c-minimal")
    own = build_wheel(project, isolated=False).wheel
    before = zipfile.ZipFile(own).read("c_minimal.abi3.so")
    own.unlink()
    build = build_for(build_wheel, project, ",".join(LINUX))
    names = [f"c_minimal-1.0.0-cp39-abi3-{tag}.whl" for tag in LINUX]
    assert [wheel.name for wheel in build.wheels] == sorted(names), build.stderr
    table = [f"  {tag:<22}  {name}" for tag, name in zip(LINUX, names)]
    assert "\n".join(["note: 3 of 3 wheels built", *table]) in messages(build)
    # The front end gets the name of the one that this machine can install.
    assert f"Successfully built {names[1]}" in build.stdout
    for wheel in build.wheels:
        tag = wheel.stem.rpartition("-")[2]
        assert extension_files(wheel) == ["c_minimal.abi3.so"]
        (image,) = images(wheel)
        assert (image.format, image.machine) == (BinaryFormat.ELF, LINUX[tag])
        libc = "libc.so" if "musl" in tag else "libc.so.6"
        assert set(image.libraries) <= {libc}
    native = project / "dist" / names[1]
    assert zipfile.ZipFile(native).read("c_minimal.abi3.so") != before
    code = project.joinpath("check.py").read_text(encoding="utf-8")
    assert import_on(running_python(), native, code).returncode == 0
    assert_auditwheel_agrees(build.wheels)


def test_a_universal_wheel_holds_both_processors(
    example: Sample, build_wheel: BuildWheel
) -> None:
    project = example("c-minimal")
    wheel = build_for(build_wheel, project, "macosx_10_13_universal2").wheel
    assert wheel.name == "c_minimal-1.0.0-cp39-abi3-macosx_10_13_universal2.whl"
    intel, arm = images(wheel)
    assert (intel.machine, intel.minimum_os) == ("x86_64", (10, 13))
    assert (arm.machine, arm.minimum_os) == ("arm64", (11, 0))
    assert arm.imports == intel.imports
    assert intel.install_name == "@rpath/c_minimal.abi3.so"
    assert intel.libraries == ("/usr/lib/libSystem.B.dylib",)


@pytest.mark.parametrize("name", ["cython", "cffi"])
def test_generated_sources(name: str, example: Sample, build_wheel: BuildWheel) -> None:
    wheel = build_for(build_wheel, example(name), "manylinux_2_17_aarch64").wheel
    (image,) = images(wheel)
    assert image.machine == "aarch64"
    assert image.libraries == ("libc.so.6",)
    assert_auditwheel_agrees([wheel])


def test_what_fails_for_one_platform_does_not_stop_the_others(
    example: Sample, build_wheel: BuildWheel
) -> None:
    project = example("c-minimal")
    source = project / "c_minimal.c"
    trap = "\n#ifdef __aarch64__\n#error not here\n#endif\n"
    source.write_text(source.read_text(encoding="utf-8") + trap, encoding="utf-8")
    build = build_for(
        build_wheel, project, "manylinux_2_17_aarch64,musllinux_1_2_x86_64"
    )
    assert build.returncode != 0
    (wheel,) = build.wheels
    assert wheel.name.endswith("musllinux_1_2_x86_64.whl")
    assert messages(build).endswith(
        "abi3build: error: 1 of 2 wheels built, none for manylinux_2_17_aarch64\n"
        "  manylinux_2_17_aarch64  failed, see above\n"
        f"  musllinux_1_2_x86_64    {wheel.name}"
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(
            'libraries = ["z"]',
            "extension c_minimal links the library z, but no folder is given for"
            " manylinux_2_17_aarch64: name its folder in library-dirs under"
            " [tool.abi3build.targets.manylinux_2_17_aarch64]",
            id="library",
        ),
        pytest.param(
            'include-dirs = ["/usr/include"]',
            "extension c_minimal: include_dirs names /usr/include, which belongs to"
            " this machine and not to manylinux_2_17_aarch64: leave it out for other"
            " platforms, and add what the platform needs to include-dirs and"
            " library-dirs under [tool.abi3build.targets.manylinux_2_17_aarch64]",
            id="headers",
        ),
    ],
)
def test_this_machines_libraries_are_refused(
    example: Sample, build_wheel: BuildWheel, change: str, text: str
) -> None:
    project = example("c-minimal")
    declare(project, change)
    build = build_for(build_wheel, project, "manylinux_2_17_aarch64")
    assert build.wheels == ()
    assert messages(build).splitlines()[-1] == f"abi3build: error: {text}"


def assert_auditwheel_agrees(wheels: tuple[Path, ...] | list[Path]) -> None:
    """Ask auditwheel for the oldest system that each wheel's contents allow."""
    if find_spec("auditwheel") is None:
        return
    for wheel in wheels:
        shown = run([sys.executable, "-m", "auditwheel", "show", wheel])
        told = " ".join(shown.stdout.split())
        allowed = re.search(
            r'consistent with the following platform tag: "(\w+)"', told
        )
        assert allowed is not None, told
        oldest = read_platform(allowed[1])
        tagged = read_platform(wheel.stem.rpartition("-")[2])
        assert (oldest.system, oldest.machine) == (tagged.system, tagged.machine)
        assert oldest.version <= tagged.version, told
