"""Sample projects that become abi3 however they declare and build their extension."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, messages, tag_without_platform

from workbench.pythons import running_python

if TYPE_CHECKING:
    from workbench.fixture_types import BuildWheel, ImportOn, Sample

BUILDER = running_python()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("minimal", "sample.abi3.so"),
        ("in-package", "sample/_core.abi3.so"),
        ("declared-in-setup-py", "sample.abi3.so"),
        ("declared-in-setup-cfg", "sample.abi3.so"),
        ("own-build-ext", "sample.abi3.so"),
        ("tool-setuptools-cmdclass", "sample.abi3.so"),
        ("agreeing-settings", "sample.abi3.so"),
        ("like-a-grammar", "sample.abi3.so"),
    ],
)
def test_builds_for_the_declared_floor(
    name: str,
    file: str,
    package: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
) -> None:
    """The sources refuse to compile where ``Py_LIMITED_API`` is not the floor."""
    wheel = build_wheel(package(name), isolated=False).wheel
    answered = import_on(BUILDER, wheel, "import sample; print(sample.answer())")
    assert tag_without_platform(wheel) == "cp39-abi3"
    assert extension_files(wheel) == [file]
    assert answered.stdout == "42\n"


def test_keeps_the_names_that_a_project_gives_its_libraries(
    package: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    """Only the suffixes that Python gave are replaced: ctypes opens the others."""
    build = build_wheel(package("own-file-names"), isolated=False)
    code = (
        "import sample; print(sample.answer(),"
        " {name: one.twice(21) for name, one in sample.LIBRARIES.items()})"
    )
    assert import_on(BUILDER, build.wheel, code).stdout == (
        "42 {'extra.plugin': 42, 'libfast.so': 42, 'libops.so.1': 42}\n"
    )
    with zipfile.ZipFile(build.wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("sample/")]
    assert sorted(names) == [
        "sample/__init__.py",
        "sample/_core.abi3.so",
        "sample/extra.plugin",
        "sample/libfast.so",
        "sample/libops.so.1",
    ]


def test_warns_of_a_function_that_nobody_listed(
    package: Sample, build_wheel: BuildWheel
) -> None:
    project = package("minimal")
    source = project / "sample.c"
    text = source.read_text(encoding="utf-8")
    called = (
        "int scanner_create(void);\nint sample_start(void) { return scanner_create(); }"
    )
    source.write_text(f"{text}\n{called}\n", encoding="utf-8")
    said = messages(build_wheel(project, isolated=False))
    assert (
        "ABI106 scanner_create   warning: none of the libraries that the file needs has"
        " it, so the import fails   sample.c:" in said
    )


def test_tells_what_was_allowed_and_why(
    package: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    build = build_wheel(package("allowed-symbol"), isolated=False)
    answered = import_on(
        BUILDER, build.wheel, "import sample; print(sample.answer('a'))"
    )
    assert answered.stdout == "a a\n"
    assert messages(build) == (
        f"abi3build: note: building cp39-abi3 with CPython {BUILDER.label}\n"
        f"abi3build: note: {build.wheel.name} keeps its promise to Python 3.9 (1 file,"
        " 1 stable symbol, available since 3.2)\n"
        "  allowed: ABI101 _PyUnicode_JoinArray in sample.abi3.so (every release from"
        " 3.9 to 3.15 has it)"
    )


def test_leaves_other_projects_alone(package: Sample, build_wheel: BuildWheel) -> None:
    build = build_wheel(package("no-table"), isolated=False)
    specific = "cp{}{}".format(*BUILDER.minor) + BUILDER.flags
    assert tag_without_platform(build.wheel) == f"{specific}-{specific}"
    assert messages(build).splitlines() == [
        (
            "abi3build: warning: build-system requires abi3build, but there is no"
            " [tool.abi3build] table, so it does nothing: add the table with"
            " min-python, or run abi3build init"
        )
    ]
