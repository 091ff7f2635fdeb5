"""Sample projects with one fault each, and the whole text that refuses them."""

from __future__ import annotations

import json
import sys
import sysconfig
import zipfile
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, messages, tag_without_platform

from workbench.pythons import running_python

if TYPE_CHECKING:
    from workbench.building import Build, Workbench
    from workbench.fixture_types import BuildWheel, Sample

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the texts name ELF files and quote GCC"
)

BUILDER = running_python()
VERSION = "{}.{}".format(*BUILDER.minor)
NOTE = f"abi3build: note: building cp39-abi3 with CPython {BUILDER.label}"
PLATFORM = sysconfig.get_platform().replace("-", "_")
SPECIFIC = f"sample{sysconfig.get_config_var('EXT_SUFFIX')}"
LIBRARY = f"libpython{sysconfig.get_config_var('LDVERSION')}.so.1.0"

LOST = "does not compile with the Limited API of Python 3.9 (ABI605)"
FIELD = (
    "  speedups.c:9: 'PyListObject' undeclared (first use in this function)\n"
    "  1 further error follows from these\n"
    "  hint: for PyListObject.ob_item use PyList_GetItem (stable since 3.2): Item by"
    " item, borrowed: no function returns the array itself.\n"
    "  hint: `abi3build port --min-python 3.9 speedups.c` finds everything that has to"
    " change"
)


def broken(name: str, *lines: str) -> str:
    """Return the text that refuses a wheel, with these lines below the headline."""
    wheel = f"{name}-1.0-cp39-abi3-{PLATFORM}.whl"
    headline = f"abi3build: error: {wheel} does not keep its promise to Python 3.9"
    return "\n".join([headline, *lines])


REFUSED = {
    "private-symbol": broken(
        "private_symbol",
        "  sample.abi3.so",
        "    ABI101 _PyUnicode_JoinArray   private, never stable   sample.c:10 in"
        " answer()",
        "  hint: for _PyUnicode_JoinArray use PyUnicode_Join (stable since 3.2)",
    ),
    "newer-symbol": broken(
        "newer_symbol",
        "  sample.abi3.so",
        "    ABI102 PyUnicode_AsUTF8AndSize   stable since 3.10, though 3.9 has it on"
        " Linux   sample.c:10 in answer()",
        '  hint: min-python = "3.10" settles PyUnicode_AsUTF8AndSize',
    ),
    "implicit-declaration": broken(
        "implicit_declaration",
        "  sample.abi3.so",
        "    ABI104 PyList_GET_SIZE   a macro outside the Limited API   sample.c:6 in"
        " answer()",
        "  hint: for PyList_GET_SIZE use PyList_Size (stable since 3.2)",
    ),
    "links-libpython": broken(
        "links_libpython",
        "  sample.abi3.so",
        f"    ABI201 {LIBRARY}   exists only in Python {VERSION}",
        "  hint: link without -lpython3.x: the interpreter provides the symbols",
    ),
    "version-specific-name": broken(
        "version_specific_name",
        f"  {SPECIFIC}",
        f"    ABI301 {SPECIFIC}   only the Python named in it imports the file",
        "  hint: rename it to sample.abi3.so",
    ),
    "twin-modules": broken(
        "twin_modules",
        f"  {SPECIFIC}",
        f"    ABI301 {SPECIFIC}   only the Python named in it imports the file",
        (
            f"    ABI304 {SPECIFIC}   the same module is also in sample.abi3.so; Python"
            " imports the one whose suffix it tries first"
        ),
        f"    ABI407 {SPECIFIC}   warning: no command of this build linked it, so"
        " nothing shows what went into it",
        "  hint: delete the folder build/ and the stale file, then build again",
        "  hint: let setuptools compile and link it, or accept it by name, with the"
        " reason, in tool.abi3build.allow",
    ),
    "no-init-function": broken(
        "no_init_function",
        "  sample.abi3.so",
        "    ABI303 sample.abi3.so   exports PyInit_example instead of PyInit_sample",
        "  hint: rename the function to PyInit_sample, or the file after"
        " PyInit_example",
    ),
    "three-faults": (
        "abi3build: error: tool.abi3build.min-pyhton: unknown key, did you mean"
        ' "min-python"?\n'
        'abi3build: error: tool.abi3build.verify: expected "error", "warn", "strict"'
        ' or "off", got "warning", did you mean "warn"?\n'
        'abi3build: error: tool.abi3build.optional: expected "error" or "allow", got a'
        " boolean (true)"
    ),
    "optional-lost": (
        f"abi3build: error: extension sample._speedups {LOST}; it is optional, and"
        ' optional = "allow" would ship the wheel without it\n'
        f"{FIELD}"
    ),
    "fallback-to-pure": (
        f"abi3build: error: extension sample._speedups {LOST}\n{FIELD}"
    ),
    "differing-macro": (
        "abi3build: error: extension sample: define_macros sets Py_LIMITED_API to"
        " 0x03080000 (3.8), but tool.abi3build.min-python says 3.9: remove the macro"
        " there, abi3build defines it"
    ),
    "differing-define": (
        "abi3build: error: the option define of build_ext sets Py_LIMITED_API to 1 (no"
        " version), but tool.abi3build.min-python says 3.9: remove the macro there,"
        " abi3build defines it"
    ),
    "differing-tag": (
        'abi3build: error: setup.cfg sets bdist_wheel.py_limited_api to "cp38", but'
        " tool.abi3build.min-python says 3.9: remove the former, abi3build sets it"
    ),
    "differing-get-tag": (
        f"abi3build: error: __main__.AnyPython.get_tag says py3-none-{PLATFORM}, but"
        f" tool.abi3build.min-python says cp39-abi3-{PLATFORM}: remove the method,"
        " abi3build sets the tag"
    ),
}


def said(build: Build) -> str:
    """Return abi3build's messages but for the line that tells what is being built."""
    return messages(build).removeprefix(NOTE).lstrip("\n")


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_the_whole_reason(
    name: str, package: Sample, build_wheel: BuildWheel
) -> None:
    project = package(name)
    build = build_wheel(project, isolated=False)
    assert said(build) == REFUSED[name]
    assert build.returncode != 0
    assert "Traceback" not in build.stdout + build.stderr
    assert list(project.glob("dist/*")) == []


def test_lets_a_broken_wheel_out_with_a_warning(
    package: Sample, build_wheel: BuildWheel
) -> None:
    build = build_wheel(
        package("private-symbol"), isolated=False, env={"ABI3BUILD_VERIFY": "warn"}
    )
    assert extension_files(build.wheel) == ["sample.abi3.so"]
    assert said(build) == REFUSED["private-symbol"].replace("error", "warning", 1)


def test_checks_nothing_where_nobody_wants_it(
    package: Sample, build_wheel: BuildWheel
) -> None:
    build = build_wheel(
        package("private-symbol"), isolated=False, env={"ABI3BUILD_VERIFY": "off"}
    )
    assert extension_files(build.wheel) == ["sample.abi3.so"]
    assert said(build) == (
        f"abi3build: note: {build.wheel.name} was not checked: environment variable"
        ' ABI3BUILD_VERIFY says "off"'
    )


@pytest.mark.parametrize(
    ("name", "tag", "warning", "lost"),
    [
        (
            "fallback-to-pure",
            "py3-none",
            "the project declares no extension module, and environment variable"
            ' ABI3BUILD_OPTIONAL says "allow": the wheel is pure Python\n',
            None,
        ),
        (
            "optional-lost",
            "cp39-abi3",
            "left out, because it did not compile: sample._speedups; see above\n",
            ["sample._speedups"],
        ),
    ],
)
def test_ships_without_the_extension_where_the_project_allows_it(  # noqa: PLR0913, PLR0917 - a row
    name: str,
    tag: str,
    warning: str,
    lost: list[str] | None,
    package: Sample,
    build_wheel: BuildWheel,
) -> None:
    """What is lost is named in the output and in the record of the build."""
    build = build_wheel(
        package(name), isolated=False, env={"ABI3BUILD_OPTIONAL": "allow"}
    )
    assert extension_files(build.wheel) == []
    assert tag_without_platform(build.wheel) == tag
    assert f"abi3build: warning: {warning}" in messages(build) + "\n"
    with zipfile.ZipFile(build.wheel) as archive:
        records = [name for name in archive.namelist() if name.endswith("build.json")]
        said_lost = [json.loads(archive.read(name))["lost"] for name in records]
    assert said_lost == ([] if lost is None else [lost])


def test_skipping_a_build_that_was_never_made_is_told_as_that(
    package: Sample, workbench: Workbench
) -> None:
    project = package("private-symbol")
    done = workbench.run_setup(project, "-q", "bdist_wheel", "--skip-build")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "abi3build: error: sample is not built, and --skip-build builds nothing"
        " (ABI605): leave --skip-build out, or run the build command before",
        "",
    ]
    assert not list(project.glob("dist/*"))
