"""What a build asks the linkers of Windows for, over recorded facts about Pythons.

No linker runs here; ``tests/integration/test_setuptools_on_windows.py`` runs one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from setuptools import Extension
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

from abi3build.errors import UsageError
from abi3build.settings.model import FreeThreaded, Settings
from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.plan import Plan
from abi3build.setuptools_plugin.windows_linking import (
    provide_library,
    set_microsoft_options,
    stable_libraries,
)
from abi3build.targets.target import Builder, decide_target
from abi3build.versions import PythonVersion

BUILDER = Builder(
    implementation="cpython",
    version=PythonVersion(3, 15),
    free_threaded=False,
    debug=False,
    windows=True,
    extension_suffix=".cp315-win_amd64.pyd",
)


def plan(
    floor: str, free_threaded: FreeThreaded = FreeThreaded.AUTO, **facts: object
) -> Plan:
    settings = Settings(PythonVersion.parse(floor), free_threaded=free_threaded)
    builder = replace(BUILDER, **facts)  # type: ignore[arg-type]
    return Plan(settings, builder, decide_target(settings, builder))


ABI3 = plan("3.9")
ABI3T = plan("3.15", FreeThreaded.ABI3T)


@pytest.mark.parametrize(
    ("given", "exported"),
    [
        # As in setuptools: below 3.15 every module has this function.
        pytest.param(plan("3.14"), ["helper", "PyInit_core"], id="3.14"),
        pytest.param(plan("3.15"), ["helper"], id="3.15"),
        pytest.param(ABI3T, ["helper"], id="abi3t"),
    ],
)
def test_a_module_made_from_slots_has_no_init_function(
    given: Plan, exported: list[str]
) -> None:
    class Command(BuildExtMixin, build_ext):
        plan = given

    extension = Extension("demo.core", [], export_symbols=["helper"])
    assert Command(Distribution()).get_export_symbols(extension) == exported


@pytest.mark.parametrize(
    ("given", "library"),
    [
        pytest.param(ABI3, "python3", id="abi3"),
        pytest.param(ABI3T, "python3t", id="abi3t"),
    ],
)
def test_the_library_of_one_version_is_replaced(given: Plan, library: str) -> None:
    versions = ["python315", "python315t", "python39_d", "python3.12", "python3.15t"]
    others = ["z", "python3", "python3t", "mypython311", "python311helper"]
    expected = [library] * len(versions) + others
    assert stable_libraries([*versions, *others], given) == expected


def test_microsofts_linker_is_kept_from_one_versions_library() -> None:
    extension = Extension("demo.core", [], extra_compile_args=["/GL"])
    for _ in range(2):
        set_microsoft_options(extension, ABI3, debug=False)
    assert extension.extra_link_args == ["/NODEFAULTLIB:python315.lib"]
    # What the project itself asks for has the last word.
    assert extension.extra_compile_args == ["/GL-", "/GL"]


def test_a_debug_build_with_microsofts_compiler_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        set_microsoft_options(Extension("demo.core", []), ABI3, debug=True)
    assert str(caught.value) == (
        "extension demo.core: with --debug, Microsoft's compiler links python315_d.dll,"
        " which only debug builds of Python 3.15 have: leave out --debug; for debug"
        ' information set extra_compile_args = ["/Zi"] and extra_link_args = ["/DEBUG"]'
    )


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def provided(given: Plan, platform: str, folder: Path) -> dict[str, list[str]]:
    """Return the folders with libraries that the linker searches, and their names."""
    python = folder / "libs"
    extension = Extension("demo.core", [], library_dirs=["own"])
    provide_library(extension, given, [str(python)], platform, folder / "temp")
    assert extension.library_dirs[0] == "own"
    return {
        each.relative_to(folder).as_posix(): names_in(each)
        for each in map(Path, extension.library_dirs[1:])
    }


@pytest.mark.parametrize("name", ["python3.lib", "libpython3.dll.a"])
def test_pythons_own_library_is_taken_where_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / name).touch()
    assert provided(ABI3, "win-amd64", tmp_path) == {}


def test_a_library_is_written_where_python_has_none(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "python3.lib").touch()
    assert provided(ABI3T, "win-arm64", tmp_path) == {
        "temp/abi3build-libraries": [
            "libpython3t.dll.a",
            "python3t.def",
            "python3t.lib",
        ]
    }
    definition = tmp_path / "temp" / "abi3build-libraries" / "python3t.def"
    assert "PyABIInfo_Check\n" in definition.read_text(encoding="ascii")


def test_the_pythons_of_msys2_need_their_own(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    with pytest.raises(UsageError) as caught:
        provided(ABI3, "mingw_x86_64_ucrt_gnu", tmp_path)
    assert str(caught.value) == (
        "CPython 3.15 for MinGW has no libpython3.dll.a to link extensions for the"
        " stable ABI with: install a newer build of it, or set abi3 = false"
    )
