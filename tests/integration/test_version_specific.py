"""The same source for one Python alone: macro, flag and tag go together."""

from __future__ import annotations

import sysconfig
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, messages, tag_without_platform

from workbench.pythons import running_python

if TYPE_CHECKING:
    from workbench.building import Build
    from workbench.fixture_types import BuildWheel, ImportOn, PythonNamed, Sample
    from workbench.pythons import FoundPython

BUILDER = running_python()
LIMIT = "import sample; print(sample.limit())"
ASKED = "abi3build: note: building a version-specific wheel: abi3 = false requests it"


def tag_of(python: FoundPython) -> str:
    version = "cp{}{}".format(*python.minor)
    return f"{version}-{version}{python.flags}"


def built_by(way: str, sample: Sample, build_wheel: BuildWheel) -> Build:
    """Build with ``abi3 = false`` said in one of the three places."""
    project = sample("any-target")
    if way == "-C":
        return build_wheel(project, "-Cabi3=false", isolated=False)
    if way == "variable":
        return build_wheel(project, isolated=False, env={"ABI3BUILD_ABI3": "false"})
    with (project / "pyproject.toml").open("a", encoding="utf-8") as table:
        table.write("abi3 = false\n")
    return build_wheel(project, isolated=False)


@pytest.mark.parametrize("way", ["-C", "variable", "file"])
def test_drops_all_three_wherever_it_is_said(
    way: str, package: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    build = built_by(way, package, build_wheel)
    assert tag_without_platform(build.wheel) == tag_of(BUILDER)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    assert extension_files(build.wheel) == [f"sample{suffix}"]
    assert import_on(BUILDER, build.wheel, LIMIT).stdout == "0\n"
    assert messages(build) == ASKED


def test_drops_what_the_project_set_itself(
    package: Sample, build_wheel: BuildWheel
) -> None:
    project = package("agreeing-settings")
    source = project / "sample.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("#if Py_", "#if 0 && Py_"), encoding="utf-8")
    build = build_wheel(project, isolated=False, env={"ABI3BUILD_ABI3": "false"})
    assert tag_without_platform(build.wheel) == tag_of(BUILDER)
    assert "Py_LIMITED_API" not in build.stdout


def test_drops_the_tag_that_the_project_gives_itself(
    package: Sample, build_wheel: BuildWheel
) -> None:
    """tree-sitter's template for grammars says ``cp39-abi3`` whatever is built."""
    build = build_wheel(
        package("like-a-grammar"), isolated=False, env={"ABI3BUILD_ABI3": "false"}
    )
    assert tag_without_platform(build.wheel) == tag_of(BUILDER)
    assert messages(build) == (
        'abi3build: note: bdist_wheel.py_limited_api is "cp39", but the wheel is'
        " tagged for one Python: abi3 = false requests it\n"
        f"{ASKED}"
    )


@pytest.mark.parametrize(
    ("project", "builder", "reason"),
    [
        pytest.param(
            project,
            "3.13t",
            "CPython 3.13t is free-threaded and has no stable ABI before 3.15",
            marks=pytest.mark.lab("3.13t"),
            id=f"{project}-3.13t",
        )
        for project in ("any-target", "like-a-grammar")
    ],
)
def test_a_builder_without_abi3_makes_its_own_wheel(  # noqa: PLR0913, PLR0917 - fixtures
    project: str,
    builder: str,
    reason: str,
    package: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
) -> None:
    python = python_named(builder)
    build = build_wheel(package(project), python=python, isolated=False)
    assert tag_without_platform(build.wheel) == tag_of(python)
    assert import_on(python, build.wheel, "import sample").stdout == ""
    note = f"abi3build: note: building a version-specific wheel: {reason}"
    assert note in messages(build).splitlines()


MIXED_NAMES = """\
abi3build: error: {wheel} does not keep its promise to Python 3.9
  sample/{specific}
    ABI301 {specific}   only the Python named in it imports the file
    ABI407 {specific}   warning: no command of this build linked it, so nothing shows\
 what went into it
  hint: rename it to _fast.abi3.so
  hint: let setuptools compile and link it, or accept it by name, with the reason, in\
 tool.abi3build.allow
  hint: a wheel is abi3 as a whole: if sample/{specific} cannot be abi3, set abi3 =\
 false for all modules, or leave it out and keep sample/_core.abi3.so"""

MIXED_PYBIND11 = """\
abi3build: error: extension sample._fast: sample/fast.cpp:1 includes\
 pybind11/pybind11.h, but pybind11 needs more than the Limited API: set abi3 = false\
 to build one wheel per Python, or wrap the code with nanobind, which can be abi3 from\
 Python 3.12 on
  hint: a wheel is abi3 as a whole: if sample._fast cannot be abi3, set abi3 = false\
 for all modules, or leave it out and keep sample._core"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mixed-names", MIXED_NAMES), ("mixed-pybind11", MIXED_PYBIND11)],
)
def test_names_the_others_where_one_module_cannot_be_abi3(
    name: str, expected: str, package: Sample, build_wheel: BuildWheel
) -> None:
    build = build_wheel(package(name), isolated=False)
    platform = sysconfig.get_platform().replace("-", "_")
    text = expected.format(
        wheel=f"{name.replace('-', '_')}-1.0-cp39-abi3-{platform}.whl",
        specific=f"_fast{sysconfig.get_config_var('EXT_SUFFIX')}",
    )
    said = messages(build).partition("\n")[2]
    assert said == text
    assert build.returncode != 0
    assert not build.wheels


def test_names_the_others_where_one_does_not_compile(
    package: Sample, build_wheel: BuildWheel
) -> None:
    project = package("mixed-names")
    source = project / "sample" / "_fast.c"
    text = source.read_text(encoding="utf-8")
    struct = text.replace("(42)", "(((PyListObject *)module)->allocated)")
    source.write_text(struct.replace("Py_UNUSED(module)", "module"), encoding="utf-8")
    said = messages(build_wheel(project, isolated=False)).splitlines()
    assert said[1] == (
        "abi3build: error: extension sample._fast does not compile with the Limited"
        " API of Python 3.9 (ABI605)"
    )
    assert said[2].startswith("  sample/_fast.c:6: 'PyListObject' undeclared")
    assert said[-1] == (
        "  hint: a wheel is abi3 as a whole: if sample._fast cannot be abi3, set abi3 ="
        " false for all modules, or leave it out and keep sample._core"
    )


def test_a_mixed_project_serves_one_python_as_a_whole(
    package: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    build = build_wheel(package("mixed-names"), "-Cabi3=false", isolated=False)
    code = "import sample, sample._fast; print(sample._fast.answer())"
    assert tag_without_platform(build.wheel) == tag_of(BUILDER)
    assert import_on(BUILDER, build.wheel, code).stdout == "42\n"
