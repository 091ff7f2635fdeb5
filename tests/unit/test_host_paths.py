"""What a build for another platform refuses of this machine."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

import pytest
from setuptools.extension import Extension

from abi3build.errors import UsageError
from abi3build.platforms import read_platform
from abi3build.setuptools_plugin.cross.host_paths import (
    refuse_host_paths,
    refuse_missing_libraries,
)

LINUX, WINDOWS = read_platform("manylinux_2_17_aarch64"), read_platform("win_amd64")
NUMPY = str(Path(sysconfig.get_path("purelib"), "numpy", "include"))


def extension(**options: Any) -> Extension:  # noqa: ANN401 - as setuptools says
    return Extension("sample", ["sample.c"], **options)


def test_what_is_of_this_machine_is_told_with_the_table_to_write() -> None:
    with pytest.raises(UsageError) as caught:
        refuse_host_paths(extension(include_dirs=["/usr/include/foo"]), WINDOWS)
    assert str(caught.value) == (
        "extension sample: include_dirs names /usr/include/foo, which belongs to this"
        " machine and not to win_amd64: leave it out for other platforms, and add what"
        " the platform needs to include-dirs and library-dirs under"
        " [tool.abi3build.targets.win_amd64]"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"library_dirs": ["/usr/lib/x86_64-linux-gnu"]},
        {"runtime_library_dirs": ["/usr/local/lib"]},
        {"extra_objects": ["/usr/lib/libz.a"]},
        {"extra_compile_args": ["-O3", "-I/usr/local/include"]},
        {"extra_compile_args": ["-isystem", "/usr/include"]},
        {"extra_link_args": ["-L/usr/lib/../lib64"]},
        {"extra_link_args": ["-Wl,-rpath,/usr/lib"]},
    ],
)
def test_every_way_to_name_it(options: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError):
        refuse_host_paths(extension(**options), LINUX)


def test_the_environment_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LDFLAGS", "-Wl,-O1 -L/usr/lib")
    with pytest.raises(
        UsageError, match=r"^extension sample: environment variable LDFLAGS names /usr"
    ):
        refuse_host_paths(extension(), LINUX)


@pytest.mark.parametrize(
    "options",
    [
        {"include_dirs": ["include", "/src/project/include", NUMPY, "/usr/includes"]},
        {"extra_compile_args": ["-DPATH=/usr/lib", "-O3"]},
    ],
)
def test_folders_of_the_project_are_not_refused(options: dict[str, list[str]]) -> None:
    refuse_host_paths(extension(**options), LINUX)


def test_a_library_that_is_nowhere_is_told_with_the_key_to_write() -> None:
    with pytest.raises(UsageError) as caught:
        refuse_missing_libraries(extension(libraries=["m", "z"]), LINUX, (), ())
    assert str(caught.value) == (
        "extension sample links the library z, but no folder is given for"
        " manylinux_2_17_aarch64: name its folder in library-dirs under"
        " [tool.abi3build.targets.manylinux_2_17_aarch64]"
    )


@pytest.mark.parametrize("name", ["libz.a", "libz.so", "libz.dll.a", "z.lib"])
def test_a_library_in_a_folder_is_linked(tmp_path: Path, name: str) -> None:
    tmp_path.joinpath(name).touch()
    linking = extension(libraries=["z"])
    refuse_missing_libraries(linking, WINDOWS, ["nowhere", str(tmp_path)], ())


def test_libraries_of_windows_have_names_of_any_case() -> None:
    linking = extension(libraries=["WS2_32"])
    refuse_missing_libraries(linking, WINDOWS, (), {"ws2_32"})
    with pytest.raises(UsageError):
        refuse_missing_libraries(linking, LINUX, (), {"ws2_32"})
