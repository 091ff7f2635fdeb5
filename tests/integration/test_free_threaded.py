"""The example for free-threaded Pythons: built, judged, imported and mislabeled."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, messages, tag_without_platform

from abi3build.audit.audit_input import audit_wheel
from abi3build.port_fix.fixing import fix_project
from abi3build.versions import PythonVersion
from workbench.kits import kit_for
from workbench.pythons import lab_folder
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import BuildWheel, ImportOn, PythonNamed, Sample

TAG = "cp315-abi3.abi3t"

EARLY_FLOOR = (
    'abi3build: error: free-threaded = "abi3t" needs min-python = "3.15" or later,'
    ' but it is "3.14": one file cannot work for both. Build two wheels instead:'
    ' set free-threaded = "auto", build cp314-abi3 with a GIL-enabled Python and a'
    " version-specific wheel with each free-threaded one"
)


@pytest.mark.lab("3.15")
def test_one_wheel_for_both_kinds_of_python(
    example: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
    tmp_path: Path,
) -> None:
    project, python = example("free-threaded"), python_named("3.15")
    wheel = build_wheel(project, python=python, isolated=False).wheel
    assert tag_without_platform(wheel) == TAG
    assert extension_files(wheel) == ["free_threaded.abi3t.so"]
    check = (project / "check.py").read_text(encoding="utf-8")
    imported = import_on(python, wheel, check)
    assert (imported.stdout, imported.stderr) == ("5\n", "")
    assert audit_wheel(wheel).findings == ()
    early = tmp_path / wheel.name.replace("cp315", "cp314")
    shutil.copy(wheel, early)
    report = audit_wheel(early)
    assert not report.keeps_promise
    told = [(each.code, each.message) for each in report.findings]
    assert "ABI601" in {code for code, _ in told}
    assert ("ABI302", "Pythons before 3.15 do not look for .abi3t.so") in told


@pytest.mark.lab("3.15")
def test_the_command_makes_the_example_from_an_ordinary_module(
    example: Sample, python_named: PythonNamed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tree_sitter")
    assert python_named("3.15").minor == (3, 15)
    # The command looks for headers on PATH, and knows nothing of a lab.
    path = os.pathsep.join([str(lab_folder() / "bin"), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    project, newest = example("free-threaded"), PythonVersion(3, 15)
    source = project / "free_threaded.c"
    made = source.read_bytes()
    shutil.copy(project / "before" / "free_threaded.c", source)
    report = fix_project(project, newest, newest, compat=False, to_abi3t=True)
    assert not report.left
    assert not report.remaining
    assert [each.title for each in report.kept] == [
        "static types become types from a specification",
        "structures become the data of their class",
        "PyModExport_ beside PyInit_ for abi3t",
    ]
    assert report.contents["free_threaded.c"].decode() == made.decode()


# Not of the lab: nobody packages 3.15t for Debian. The project's workflow has it.
def test_a_free_threaded_python_builds_and_imports_it(
    example: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
) -> None:
    project, python = example("free-threaded"), python_named("3.15t")
    wheel = build_wheel(project, python=python, isolated=False).wheel
    assert tag_without_platform(wheel) == TAG
    code = "import sys, free_threaded; print(sys._is_gil_enabled())"
    assert import_on(python, wheel, code).stdout == "False\n"


def test_the_wheel_of_a_gil_enabled_python_serves_a_free_threaded_one(
    example: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
) -> None:
    project = example("free-threaded")
    builder = python_named("3.15")
    wheel = build_wheel(project, python=builder, isolated=False).wheel
    check = (project / "check.py").read_text(encoding="utf-8")
    assert import_on(python_named("3.15t"), wheel, check).stdout == "5\n"


@pytest.mark.lab("3.15")
def test_the_example_passes_its_own_tests(
    example: Sample,
    build_wheel: BuildWheel,
    python_named: PythonNamed,
    workbench: Workbench,
    tmp_path: Path,
) -> None:
    project, python = example("free-threaded"), python_named("3.15")
    wheel = build_wheel(project, python=python, isolated=False).wheel
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    kit = kit_for(python, workbench.cache)
    done = run(
        [kit.python, "-m", "pytest", "-q", project / "tests"],
        project,
        clean_environment({"PYTHONPATH": str(tmp_path / "unpacked")}),
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.lab("3.15")
def test_an_early_floor_is_refused_before_compiling(
    example: Sample, build_wheel: BuildWheel, python_named: PythonNamed
) -> None:
    project = example("free-threaded")
    table = project / "pyproject.toml"
    text = table.read_text(encoding="utf-8")
    text = re.sub("min-python = .*", 'min-python = "3.14"', text)
    table.write_text(text, encoding="utf-8")
    build = build_wheel(project, python=python_named("3.15"), isolated=False)
    assert build.returncode != 0
    assert messages(build) == EARLY_FLOOR
    assert "free_threaded.c" not in build.stdout
