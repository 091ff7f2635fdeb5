"""The reports of ``abi3build audit``: JSON and its schema, abi3audit's form, files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from calling import LIBRARY, elf_taking, run, write_wheel

from abi3build import __version__
from abi3build.reports.json_document import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "good-1.0-cp39-abi3-linux_x86_64.whl"
BAD = "bad-1.0-cp37-abi3-linux_x86_64.whl"
PURE = "pure-1.0-py3-none-any.whl"

BAD_MEMBERS = {
    "demo/new/sample.abi3.so": elf_taking("PyFrame_GetCode"),
    "demo/private/sample.abi3.so": elf_taking("_PyLong_NumBits"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make one input of each kind."""
    write_wheel(tmp_path / GOOD, metadata="Requires-Python: >=3.10\n")
    write_wheel(tmp_path / BAD, BAD_MEMBERS)
    write_wheel(tmp_path / PURE, {})
    (tmp_path / "broken-1.0-cp39-abi3-any.whl").write_bytes(b"")
    (tmp_path / "sample.abi3.so").write_bytes(LIBRARY)
    (tmp_path / "empty.abi3.so").write_bytes(b"")
    return tmp_path


def validated(text: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Read a document that must be as the schema says."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def test_json_says_all_that_is_known(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / BAD, BAD_MEMBERS)
    status, out, err = run(capsys, "audit", "--format", "json", path)
    assert (status, err) == (1, "")
    document = validated(out)
    (report,) = document.pop("reports")
    assert document == {
        "abi3build": __version__,
        "format": 1,
        "errors": [],
        "known_errors": [],
        "releases": [],
        "skipped": [],
    }
    assert len(report.pop("findings")) == 4
    images = report.pop("images")
    assert report == {
        "path": str(path),
        "name": BAD,
        "distribution": "bad",
        "version": "1.0",
        "tags": ["cp37-abi3-linux_x86_64"],
        "floor": "3.7",
        "floor_is_computed": False,
        "free_threaded": False,
        "gil_enabled": True,
        "lowest_floor": "3.10",
        "keeps_promise": False,
        "proof": "symbols",
        "not_proven": [],
        "allowed": [],
        "build_record": None,
        "outdated_names": [],
        "floor_steps": [
            {
                "needs": "3.10",
                "without": "3.2",
                "findings": [
                    {
                        "code": "ABI102",
                        "subject": "PyFrame_GetCode",
                        "file": "demo/new/sample.abi3.so",
                        "architecture": None,
                    }
                ],
            },
        ],
    }
    assert [(image["file"], image["lowest_floor"]) for image in images] == [
        ("demo/new/sample.abi3.so", "3.10"),
        ("demo/private/sample.abi3.so", "3.2"),
    ]


def test_json_names_the_rule_of_each_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / BAD, BAD_MEMBERS)
    _, out, _ = run(capsys, "audit", "--format", "json", path)
    (report,) = validated(out)["reports"]
    assert [each for each in report["findings"] if each["severity"] == "error"] == [
        {
            "code": "ABI102",
            "rule": "newer-symbol",
            "severity": "error",
            "file": "demo/new/sample.abi3.so",
            "architecture": None,
            "subject": "PyFrame_GetCode",
            "message": "stable since 3.10",
            "hint": 'min-python = "3.10" settles PyFrame_GetCode',
            "origin": None,
            "known": False,
        },
        {
            "code": "ABI101",
            "rule": "unstable-symbol",
            "severity": "error",
            "file": "demo/private/sample.abi3.so",
            "architecture": None,
            "subject": "_PyLong_NumBits",
            "message": "private, never stable",
            "hint": 'for _PyLong_NumBits use PyObject_CallMethod(integer, "bit_length",'
            " NULL) (stable since 3.2)",
            "origin": None,
            "known": False,
        },
    ]


def test_json_of_every_kind_of_input_is_as_the_schema_says(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    arguments = ("audit", "--format", "json", folder, folder / "gone.whl")
    status, out, err = run(capsys, *arguments)
    assert status == 3
    document = validated(out)
    assert [report["name"] for report in document["reports"]] == [
        BAD,
        "empty.abi3.so",
        GOOD,
        "sample.abi3.so",
    ]
    assert [each["path"] for each in document["skipped"]] == [str(folder / PURE)]
    assert document["errors"] == [
        f"{folder / 'gone.whl'}: no such file or directory: check the path",
        (
            "broken-1.0-cp39-abi3-any.whl: not a readable zip file (it has"
            " no directory at its end): build it again"
        ),
    ]
    assert err.count("abi3build: error: ") == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param(
            ["--min-python", "3.x"],
            '--min-python: expected a Python version from "3.2" to "3.15", got "3.x"',
            id="floor",
        ),
        pytest.param(
            ["--baseline", "gone.json"],
            "--baseline gone.json: No such file or directory: make one with abi3build"
            " audit --format json --output FILE",
            id="baseline",
        ),
    ],
)
def test_json_is_there_for_wrong_settings_too(
    capsys: pytest.CaptureFixture[str], folder: Path, options: list[str], text: str
) -> None:
    arguments = ("audit", "--format", "json", *options, folder)
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (2, f"abi3build: error: {text}\n")
    assert validated(out)["errors"] == [text]


def test_json_is_the_same_under_any_hash_seed_and_number_of_workers(
    folder: Path,
) -> None:
    command = [sys.executable, "-m", "abi3build", "audit", "--format", "json"]
    outputs = {
        subprocess.run(
            [*command, "--jobs", jobs, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        ).stdout
        for seed, jobs in (("0", "1"), ("1", "3"), ("2", "1"), ("3", "2"))
    }
    assert len(outputs) == 1
    (output,) = outputs
    assert len(validated(output.decode())["reports"]) == 4


FAIL_ON = [
    pytest.param(BAD, "error", 1, id="error"),
    pytest.param(BAD, "warning", 1, id="error-is-more-than-a-warning"),
    pytest.param(BAD, "never", 0, id="never"),
    pytest.param(GOOD, "error", 0, id="warning-is-less-than-an-error"),
    pytest.param(GOOD, "warning", 1, id="warning"),
    pytest.param("gone.whl", "never", 3, id="unreadable-all-the-same"),
]


@pytest.mark.parametrize(("name", "fail_on", "status"), FAIL_ON)
def test_fail_on(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    name: str,
    fail_on: str,
    status: int,
) -> None:
    assert run(capsys, "audit", "--fail-on", fail_on, folder / name)[0] == status


def test_abi3audit_json_is_one_line_with_a_verdict_for_each_file(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    module = folder / "sample.abi3.so"
    arguments = ("audit", "--format", "abi3audit-json", folder / BAD, module)
    status, out, _ = run(capsys, *arguments)
    assert status == 1
    assert out.count("\n") == 1
    verdict = {
        "is_abi3": True,
        "is_abi3_baseline_compatible": True,
        "baseline": "3.7",
        "computed": "3.7",
        "non_abi3_symbols": [],
        "future_abi3_objects": {},
    }
    newer = {
        "is_abi3_baseline_compatible": False,
        "computed": "3.10",
        "future_abi3_objects": {"PyFrame_GetCode": "3.10"},
    }
    private = {"is_abi3": False, "non_abi3_symbols": ["_PyLong_NumBits"]}
    loose = {"baseline": "3.2", "computed": "3.2"}
    name = "sample.abi3.so"
    assert json.loads(out)["specs"] == {
        str(folder / BAD): {
            "kind": "wheel",
            "wheel": [
                {"name": name, "result": {**verdict, **newer}},
                {"name": name, "result": {**verdict, **private}},
            ],
        },
        str(module): {
            "kind": "object",
            "object": {"name": name, "result": {**verdict, **loose}},
        },
    }


def test_output_takes_the_report_instead_of_standard_output(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    path = folder / "report.json"
    path.write_text("old", encoding="utf-8")
    arguments = ("audit", "--format", "json", "--output", path, folder / BAD)
    assert run(capsys, *arguments) == (1, "", "")
    assert len(validated(path.read_text(encoding="utf-8"))["reports"]) == 1
    assert not list(folder.glob(".report.json*"))
    assert run(capsys, "audit", "-o", os.devnull, folder / GOOD) == (0, "", "")


@pytest.mark.parametrize(
    ("output", "text"),
    [
        pytest.param(".", "is a directory: name a file", id="directory"),
        pytest.param(
            "gone/report.json",
            "the directory gone does not exist: create it, or name another",
            id="in-no-directory",
        ),
    ],
)
def test_output_that_cannot_be_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], output: str, text: str
) -> None:
    assert run(capsys, "audit", "--output", output, "gone.whl") == (
        2,
        "",
        f"abi3build: error: --output {output}: {text}\n",
    )


def test_also_writes_further_forms_of_the_same_audit(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    first, second = folder / "report.json", folder / "report.md"
    also = ("--also", f"json={first}", "--also", f"markdown={second}")
    status, out, err = run(capsys, "audit", *also, folder / BAD)
    assert (status, err) == (1, "")
    assert out.startswith(f"{BAD} does not keep its promise to Python 3.7\n")
    assert len(validated(first.read_text(encoding="utf-8"))["reports"]) == 1
    assert second.read_text(encoding="utf-8").startswith("## abi3build: 0 of 1 ")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(
            "gone/report.json",
            "audit: --also: expected FORMAT=FILE, such as sarif=abi3build.sarif, got"
            " 'gone/report.json'; the forms are text, json, github, sarif, junit,"
            " markdown, html, abi3audit-json: abi3build audit --help says more",
            id="no-form",
        ),
        pytest.param(
            "json=gone/report.json",
            (
                "--also gone/report.json: the directory gone does not exist: create it,"
                " or name another"
            ),
            id="in-no-directory",
        ),
    ],
)
def test_also_that_cannot_be_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], given: str, text: str
) -> None:
    status, out, err = run(capsys, "audit", "--also", given, "gone.whl")
    assert (status, out) == (2, "")
    assert err.endswith(f"error: {text}\n")
