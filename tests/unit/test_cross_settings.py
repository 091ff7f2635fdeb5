"""``target``, ``targets`` and ``zig``: what they hold, and the whole text of faults."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.cross.toolchain import find_toolchain
from abi3build.errors import SettingsError, UsageError
from abi3build.platforms import PLATFORM_TAGS, read_platform
from abi3build.settings.loading import load_settings
from abi3build.settings.model import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from abi3build.settings.model import Settings

FLOOR = {"min-python": "3.9"}
TAG = 'a platform tag such as "manylinux_2_17_aarch64" or "win_amd64", or "all"'
NOT_IN_FILE = (
    "builds are for other platforms only on request: use -C target=... or the"
    " variable ABI3BUILD_TARGET, and keep settings for platforms under"
    " [tool.abi3build.targets]"
)
ONLY_IN_FILE = (
    "paths and compilers can only be set in the file: write them under"
    " [tool.abi3build.targets.TAG] in pyproject.toml; choose the platforms to build"
    " for with -C target=..."
)


def load(
    table: Mapping[str, object] | None = None,
    command: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    pyproject = {"tool": {"abi3build": {**FLOOR, **(table or {})}}}
    settings = load_settings(pyproject, command or {}, environ or {})
    assert settings is not None
    return settings


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        ("win_amd64", ["win_amd64"]),
        ("win32, win_amd64", ["win32", "win_amd64"]),
        (["win_amd64", "win32,win_amd64"], ["win_amd64", "win32"]),
        ("all", list(PLATFORM_TAGS)),
        (
            ["win32", "all"],
            ["win32", *(tag for tag in PLATFORM_TAGS if tag != "win32")],
        ),
    ],
)
def test_targets_of_a_command(given: object, tags: list[str]) -> None:
    assert [each.tag for each in load(command={"target": given}).target] == tags


def test_the_environment_counts_before_the_command() -> None:
    settings = load(command={"target": "all"}, environ={"ABI3BUILD_TARGET": "win32"})
    assert [each.tag for each in settings.target] == ["win32"]
    assert settings.source_of("target") == "environment variable ABI3BUILD_TARGET"


def test_tables_of_platforms() -> None:
    tables = {
        "win_amd64": {"compiler": "gcc -O1", "library-dirs": ["lib"]},
        "macosx_11_0_arm64": {
            "include-dirs": ["a", "b"],
            "compiler": "cc",
            "cxx-compiler": "c++",
        },
    }
    settings = load({"targets": tables, "zig": "zig"})
    windows = PlatformSettings("win_amd64", compiler="gcc -O1", library_dirs=("lib",))
    assert settings.settings_for(read_platform("win_amd64")) == windows
    assert settings.settings_for(read_platform("win32")) == PlatformSettings("win32")
    assert settings.zig == "zig"


@pytest.mark.parametrize(
    ("table", "command", "faults"),
    [
        pytest.param(
            {},
            {"target": "win_amd46,manylinux1_i686,linux"},
            [
                f'-C target: expected {TAG}, got "win_amd46", did you mean'
                ' "win_amd64"?',
                f'-C target: expected {TAG}, got "manylinux1_i686", did you mean'
                ' "manylinux_2_5_i686"?',
                f'-C target: expected {TAG}, got "linux", did you mean'
                ' "manylinux_2_17_x86_64"?',
            ],
            id="tags",
        ),
        pytest.param(
            {},
            {"target": 3},
            [f"-C target: expected {TAG}, got an integer (3)"],
            id="3",
        ),
        pytest.param(
            {"target": "win32"},
            {"targets": "win32"},
            [
                f"tool.abi3build.target: {NOT_IN_FILE}",
                f"-C targets: {ONLY_IN_FILE}",
            ],
            id="places",
        ),
        pytest.param(
            {"targets": {"win64": {"compiler": ""}, "win32": {"libary-dirs": []}}},
            {},
            [
                f"tool.abi3build.targets.win64: expected {TAG}, got"
                ' "win64", did you mean "win_amd64"?',
                "tool.abi3build.targets.win64.compiler: expected the path of a program,"
                ' got ""',
                "tool.abi3build.targets.win32.libary-dirs: unknown key, did you mean"
                ' "library-dirs"?',
            ],
            id="tables",
        ),
        pytest.param(
            {"targets": {"win32": {"include-dirs": "a"}}, "zig": 1},
            {},
            [
                "tool.abi3build.targets.win32.include-dirs: expected an array of paths,"
                ' got a string ("a")',
                "tool.abi3build.zig: expected a string, the path of a program, got an"
                " integer (1)",
            ],
            id="types",
        ),
        pytest.param(
            {"targets": {"win32": {"library-dirs": ["a", 1]}}},
            {},
            [
                "tool.abi3build.targets.win32.library-dirs[1]: expected a path, got an"
                " integer (1)",
            ],
            id="paths",
        ),
        pytest.param(
            {
                "targets": {
                    "macosx_10_13_universal2": {"compiler": "clang"},
                    "win32": {"cxx-compiler": "i686-w64-mingw32-g++"},
                }
            },
            {},
            [
                (
                    "tool.abi3build.targets.macosx_10_13_universal2.compiler: one"
                    " compiler cannot build for both processors of"
                    " macosx_10_13_universal2: remove the key to build with zig, or"
                    " build a wheel for each processor"
                ),
                (
                    "tool.abi3build.targets.win32.cxx-compiler: works only together"
                    " with compiler: name the C compiler too, or neither"
                ),
            ],
            id="compilers",
        ),
    ],
)
def test_faults(
    table: dict[str, object], command: dict[str, object], faults: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(table, command)
    assert list(caught.value.faults) == faults


def test_a_zig_in_the_settings_counts_before_that_on_the_path(tmp_path: Path) -> None:
    named, found = program(tmp_path / "named"), program(tmp_path / "bin")
    environ = {"PATH": str(found.parent)}
    platform = read_platform("win_amd64")
    first = find_toolchain(platform, load({"zig": str(named)}), environ)
    second = find_toolchain(platform, load(), environ)
    assert first.c[0] == str(named)
    assert second.c == (str(found), "cc", "-target", "x86_64-windows-gnu")
    assert second.cxx == (str(found), "c++", "-target", "x86_64-windows-gnu")


def test_a_compiler_in_the_settings_takes_the_place_of_zig(tmp_path: Path) -> None:
    compiler = program(tmp_path)
    tables = {"win_amd64": {"compiler": f"{compiler} -m64"}}
    settings = load({"targets": tables})
    toolchain = find_toolchain(read_platform("win_amd64"), settings, {})
    assert toolchain.c == toolchain.cxx == (str(compiler), "-m64")
    assert toolchain.zig is None


@pytest.mark.parametrize(
    ("table", "text"),
    [
        pytest.param(
            {"zig": "/nowhere/zig"},
            "tool.abi3build.zig names /nowhere/zig, but there is no such program:"
            " correct it",
            id="zig",
        ),
        pytest.param(
            {"targets": {"win32": {"compiler": "/nowhere/cc -m32"}}},
            "tool.abi3build.targets.win32.compiler names /nowhere/cc -m32, but there is"
            " no such program: install it, or remove the key to build with zig",
            id="compiler",
        ),
        pytest.param(
            {},
            "building for win32 needs zig, which was not found: install"
            " abi3build[cross], put zig on PATH, or name a compiler as"
            " tool.abi3build.targets.win32.compiler",
            id="nothing",
        ),
    ],
)
def test_what_is_not_there_is_told(
    table: dict[str, object], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ziglang", None)
    with pytest.raises(UsageError) as caught:
        find_toolchain(read_platform("win32"), load(table), {"PATH": ""})
    assert str(caught.value) == text


def program(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "zig"
    path.touch(mode=0o755)
    return path
