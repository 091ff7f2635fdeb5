"""``--format junit``, read back by junitparser, whose model is that of the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calling import run, write_wheel
from reporting import BAD, GOOD, HOSTILE, error, image, made_report, run_over
from reporting import write_wheels as write_both

from abi3build.reports.junit import render_junit

if TYPE_CHECKING:
    from pathlib import Path

    from junitparser import JUnitXml, TestCase


def parsed(text: str) -> JUnitXml:
    """Read a document; each suite's counts must be those of its cases."""
    junitparser = pytest.importorskip("junitparser")
    document: JUnitXml = junitparser.JUnitXml.fromstring(text.encode())
    for suite in [*document, document]:
        before = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert before == (suite.tests, suite.failures, suite.errors, suite.skipped)
    return document


def cases(text: str) -> dict[str, list[TestCase]]:
    """Return the cases of each suite."""
    return {suite.name: list(suite) for suite in parsed(text)}


def test_each_wheel_is_a_suite_and_each_image_a_case(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = write_both(tmp_path)
    status, out, err = run(capsys, "audit", "--format", "junit", good, bad)
    assert (status, err) == (1, "")
    found = cases(out)
    assert [(case.name, case.is_passed) for case in found[GOOD]] == [
        ("the wheel as a whole", True),
        ("demo/sample.abi3.so", True),
    ]
    assert [(case.name, case.classname, case.is_passed) for case in found[BAD]] == [
        ("the wheel as a whole", BAD, True),
        ("demo/new/sample.abi3.so", BAD, False),
        ("demo/private/sample.abi3.so", BAD, False),
    ]
    (failure,) = found[BAD][1].result
    assert (failure.type, failure.message, failure.text) == (
        "ABI102",
        "PyFrame_GetCode: stable since 3.10",
        "ABI102 error: PyFrame_GetCode: stable since 3.10\n"
        '  hint: min-python = "3.10" settles PyFrame_GetCode',
    )
    assert found[BAD][1].system_out == (
        "ABI102 info: Py_GetConstantBorrowed: stable since 3.13; weak, so it may be"
        " missing"
    )


def test_a_case_has_one_failure_for_all_its_errors() -> None:
    findings = [error("PyFoo", origin="src/a.c:4"), error("PyBar")]
    images = [image("demo/core.abi3.so", "3.10")]
    found = cases(render_junit(run_over(made_report(findings, images))))
    (failure,) = found[BAD][1].result
    assert failure.message == "PyFoo: stable since 3.10 and 1 more"
    assert failure.text.splitlines()[::2] == [
        "ABI102 error: PyFoo: stable since 3.10 src/a.c:4",
        "ABI102 error: PyBar: stable since 3.10",
    ]


def test_known_findings_do_not_fail() -> None:
    known = error("PyFoo")
    found = cases(render_junit(run_over(made_report([known]), known=[known])))
    assert [(case.is_passed, case.system_out) for case in found[BAD]] == [
        (True, None),
        (
            True,
            "ABI102 known error: PyFoo: stable since 3.10\n"
            '  hint: min-python = "3.10" settles it',
        ),
    ]


def test_what_was_passed_by_or_not_read_is_a_case_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pure = write_wheel(tmp_path / "pure-1.0-py3-none-any.whl", {})
    status, out, _ = run(capsys, "audit", "--format", "junit", tmp_path, "gone.whl")
    assert status == 3
    found = cases(out)
    (skipped,) = found[str(pure)][0].result
    assert skipped.message.startswith("pure-1.0-py3-none-any.whl: its tag, ")
    (fault,) = found["not audited, 1"][0].result
    assert fault.message == "gone.whl: no such file or directory: check the path"


def test_hostile_names_are_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    members = {f"{name}/x.abi3.so": b"no image" for name in HOSTILE}
    path = write_wheel(tmp_path / BAD, members)
    _, out, _ = run(capsys, "audit", "--format", "junit", path)
    names = [case.name for case in cases(out)[BAD]]
    assert "`|<script>alert(1)</script>/x.abi3.so" in names
    assert "\\u202e\\x1b[31m{0}/x.abi3.so" in names
