"""What projects do besides one C file, in builds for other platforms."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from cross_builds import NEEDS_ZIG, build_for, declare, zig
from macholib_view import as_macholib_reads, as_we_read
from outcomes import messages

from workbench.importing import unpack
from workbench.neighbors import neighborhood

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Build, Workbench
    from workbench.fixture_types import BuildWheel, Sample

pytestmark = NEEDS_ZIG

ARM = "manylinux_2_17_aarch64"
UNIVERSAL = "macosx_10_13_universal2"
LIBRARY = """
#ifndef __aarch64__
#error another processor
#endif
int inner(void) { return 3; }
"""
CALL = "\nextern int inner(void);\nint outer(void) { return inner(); }\n"
SETUP = """\
from setuptools import setup

setup(libraries=[("inner", {"sources": ["inner.c"]})])
"""


def compiled(build: Build, word: str) -> list[str]:
    """Return the sources that a build compiled with a word in the command."""
    commands = [line.split() for line in build.stdout.splitlines() if " -c " in line]
    given = [words for words in commands if word in words]
    return sorted(words[words.index("-c") + 1] for words in given)


def test_everything_is_built_anew_with_other_settings_of_the_platform(
    example: Sample, build_wheel: BuildWheel
) -> None:
    """A static library of the project too, which is not a host's either time."""
    project = with_library(example("c-minimal"))
    target = "aarch64-linux-gnu.2.17"
    sources = ["c_minimal.c", "inner.c"]
    first = build_for(build_wheel, project, ARM)
    assert compiled(first, target) == sources, first.stderr
    again = build_for(build_wheel, project, ARM)
    assert compiled(again, target) == []
    file = project / "pyproject.toml"
    table = f"[tool.abi3build.targets.{ARM}]\ninclude-dirs = ['vendor']\n"
    declared = f"{file.read_text(encoding='utf-8')}\n{table}"
    file.write_text(declared, encoding="utf-8")
    vendored = build_for(build_wheel, project, ARM)
    assert compiled(vendored, "-Ivendor") == sources
    compiler = f"compiler = '{zig()} cc -DOTHER -target {target}'\n"
    file.write_text(declared + compiler, encoding="utf-8")
    other = build_for(build_wheel, project, ARM)
    assert compiled(other, "-DOTHER") == sources
    assert other.wheel == first.wheel


def test_a_static_library_for_two_processors_is_refused(
    example: Sample, build_wheel: BuildWheel
) -> None:
    build = build_for(build_wheel, with_library(example("c-minimal")), UNIVERSAL)
    assert build.wheels == ()
    assert messages(build) == (
        "abi3build: error: the static library inner cannot be built for"
        f" {UNIVERSAL} in one piece: add its sources to the extension, or build one"
        " wheel for each processor"
    )


def test_rust_extensions_are_refused(package: Sample, workbench: Workbench) -> None:
    environment = neighborhood(workbench, "setuptools-rust")
    build = environment.build(package("rust-cdylib"), env={"ABI3BUILD_TARGET": ARM})
    assert build.wheels == ()
    assert messages(build).splitlines()[-1] == (
        f"abi3build: error: Rust extensions cannot be built for {ARM} here: build them"
        " on that platform, or leave out -C target"
    )


def test_a_list_is_refused_where_one_wheel_is_made(
    example: Sample, build_wheel: BuildWheel
) -> None:
    """``setuptools.build_meta`` would build for this machine."""
    targets = {"ABI3BUILD_TARGET": "win32,win_amd64"}
    build = build_wheel(example("c-minimal"), isolated=False, env=targets)
    assert build.wheels == ()
    assert messages(build) == (
        "abi3build: error: environment variable ABI3BUILD_TARGET names 2 platforms, but"
        " this backend builds for one: name one, or build wheels with build-backend ="
        ' "abi3build.build_meta"'
    )


def test_a_zig_that_is_not_there_is_told_before_anything_is_installed(
    example: Sample, build_wheel: BuildWheel
) -> None:
    missing = {"ABI3BUILD_ZIG": "/nowhere/zig"}
    project = example("cross-platform")
    build = build_wheel(project, "-Ctarget=win32", env=missing)
    assert build.returncode != 0
    assert messages(build).splitlines() == [
        "abi3build: error: environment variable ABI3BUILD_ZIG names /nowhere/zig, but"
        " there is no such program: correct it"
    ]
    assert "Traceback" not in build.stderr


def test_options_of_the_linker_are_kept_as_they_are(
    example: Sample, build_wheel: BuildWheel
) -> None:
    """Each word, though a word is there twice; macOS' own option comes after."""
    options = ["-Xlinker", "-headerpad", "-Xlinker", "0x40"]
    project = example("c-minimal")
    declare(project, f"extra-link-args = {options}")
    build = build_for(build_wheel, project, "macosx_11_0_arm64")
    (command,) = (line for line in build.stdout.splitlines() if " -shared " in line)
    name = "-Wl,-install_name,@rpath/c_minimal.abi3.so"
    assert command.split()[-5:] == [*options, name]
    assert build.returncode == 0


def test_both_halves_of_a_universal_file_are_built_anew(
    example: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    """And macholib reads them as abi3build does; the build record has their unit."""
    project = example("c-minimal")
    build_for(build_wheel, project, UNIVERSAL)
    declare(project, 'define-macros = [["CHANGED", "1"]]')
    build = build_for(build_wheel, project, UNIVERSAL)
    assert compiled(build, "-DCHANGED=1") == ["c_minimal.c"] * 2
    module = unpack(build.wheel, tmp_path / "unpacked") / "c_minimal.abi3.so"
    with zipfile.ZipFile(build.wheel) as archive:
        record = archive.read("c_minimal-1.0.0.dist-info/abi3build.json")
    assert [each["units"] for each in json.loads(record)["modules"]] == [1]
    found = as_we_read(module)
    assert found == as_macholib_reads(module)
    assert [facts["machine"] for facts in found] == ["x86_64", "arm64"]
    for facts in found:
        assert facts["exports"] == {"PyInit_c_minimal"}
        assert ("PyModuleDef_Init", "", False) in facts["imports"]


def with_library(project: Path) -> Path:
    """Let a project's extension call a static library that its ``setup.py`` names."""
    source = project / "c_minimal.c"
    calling = source.read_text(encoding="utf-8") + CALL
    source.write_text(calling, encoding="utf-8")
    project.joinpath("inner.c").write_text(LIBRARY, encoding="utf-8")
    project.joinpath("setup.py").write_text(SETUP, encoding="utf-8")
    return project
