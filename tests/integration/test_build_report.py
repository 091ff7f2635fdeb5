"""The report of a build: annotations on source lines, files for services."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import messages

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, Sample

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="lines of sources come from ELF objects"
)


def test_annotation_is_on_the_line_of_the_source(
    package: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    project = package("newer-symbol")
    summary = tmp_path / "summary.md"
    build = build_wheel(
        project,
        isolated=False,
        env={
            "ABI3BUILD_REPORT": "github",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(tmp_path),
        },
    )
    assert build.returncode != 0
    lines = [line for line in build.stdout.splitlines() if line.startswith("::error")]
    (line,) = lines
    assert line.startswith(
        "::error file=newer-symbol/sample.c,line=10,title=ABI102 newer-symbol::"
        "PyUnicode_AsUTF8AndSize: stable since 3.10, though 3.9 has it on Linux%0A"
    )
    assert "`newer-symbol/sample.c:10` in `sample.abi3.so`" in summary.read_text(
        "utf-8"
    )


def test_directory_gets_a_file_for_each_wheel(
    package: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    build = build_wheel(
        package("newer-symbol"),
        isolated=False,
        env={"ABI3BUILD_REPORT": f"sarif={folder}"},
    )
    assert build.returncode != 0
    (file,) = folder.iterdir()
    assert file.name.startswith("newer_symbol-1.0-cp39-abi3-")
    assert file.name.endswith(".whl.sarif")
    (run,) = json.loads(file.read_text(encoding="utf-8"))["runs"]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "sample.c", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 10},
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(
            "sarif.json",
            "environment variable ABI3BUILD_REPORT: expected a form, or FORMAT=FILE,"
            ' such as github or sarif=abi3build.sarif, got "sarif.json"; the forms are'
            " text, json, github, sarif, junit, markdown, html, abi3audit-json",
            id="no-form",
        ),
        pytest.param(
            "sarif=gone/x.sarif",
            "ABI3BUILD_REPORT {project}/gone/x.sarif: the directory {project}/gone does"
            " not exist: create it, or name another",
            id="no-directory",
        ),
    ],
)
def test_report_that_cannot_be_is_said(
    package: Sample, build_wheel: BuildWheel, value: str, text: str
) -> None:
    project = package("declared-in-setup-py")
    build = build_wheel(project, isolated=False, env={"ABI3BUILD_REPORT": value})
    assert build.returncode != 0
    said = text.replace("{project}", str(project.resolve()))
    assert messages(build).splitlines()[-1] == f"abi3build: error: {said}"
    assert not list(project.glob("dist/*"))
    # Told before anything was compiled.
    assert not list(project.rglob("*.o"))


def test_report_may_lie_where_the_build_puts_its_files(
    package: Sample, build_wheel: BuildWheel
) -> None:
    project = package("declared-in-setup-py")
    variable = {"ABI3BUILD_REPORT": "json=build/abi3.json"}
    build = build_wheel(project, isolated=False, env=variable)
    assert build.returncode == 0, build.stderr
    file = project.resolve() / "build" / "abi3.json"
    assert f"abi3build: note: ABI3BUILD_REPORT: the report is in {file}\n" in (
        messages(build)
    )
    (report,) = json.loads(file.read_text("utf-8"))["reports"]
    assert report["name"].startswith("declared_in_setup_py-1.0-cp39-abi3-")
