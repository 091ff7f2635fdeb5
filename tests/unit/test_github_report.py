"""``--format github``: the log, annotations as GitHub's runner reads them, the page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, elf_taking, run, write_wheel
from reporting import BAD, GOOD, HOSTILE, error, made_report, run_over, write_wheels

from abi3build.reports.github import render_github

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of the machine that runs the tests decide."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


def commands(output: str) -> list[tuple[str, dict[str, str], str]]:
    """Read a step's output as GitHub's runner does, ActionCommand.cs in its sources.

    Written for this test; the runner itself was not run: https://github.com/actions/runner
    """
    found = []
    stopped = ""
    for line in output.splitlines():
        text = line.lstrip()
        if stopped:
            stopped = "" if text == f"::{stopped}::" else stopped
            continue
        assert "##[" not in text or text.startswith("::")
        if not text.startswith("::") or "::" not in text[2:]:
            continue
        head, data = text[2:].split("::", 1)
        name, _, given = head.partition(" ")
        if name == "stop-commands":
            stopped = data
            continue
        pairs = [pair.split("=", 1) for pair in given.split(",") if pair]
        properties = {key: _decode(value) for key, value in pairs}
        found.append((name, properties, _decode(data)))
    assert not stopped
    return found


def _decode(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(code, character)
    return text.replace("%25", "%")


def test_log_and_annotations_are_all_there(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    _, bad = write_wheels(tmp_path)
    _, log, _ = run(capsys, "audit", bad.name)
    status, out, err = run(capsys, "audit", "--format", "github", bad.name)
    token = hashlib.sha256(log.encode()).hexdigest()
    assert (status, err) == (1, "")
    assert out == (
        f"::stop-commands::{token}\n{log}::{token}::\n"
        f"::error file={BAD},title=ABI102 newer-symbol::PyFrame_GetCode: stable since"
        f" 3.10%0Ain demo/new/sample.abi3.so of {BAD}%0A"
        'min-python = "3.10" settles PyFrame_GetCode\n'
        f"::error file={BAD},title=ABI101 unstable-symbol::_PyLong_NumBits: private,"
        f" never stable%0Ain demo/private/sample.abi3.so of {BAD}%0A"
        'for _PyLong_NumBits use PyObject_CallMethod(integer, "bit_length", NULL)'
        " (stable since 3.2)\n"
    )


def test_annotation_stands_at_the_source_line_where_it_is_known() -> None:
    origin = "src/a,b.c:41 in encode() and 2 more"
    output = render_github(run_over(made_report([error("PyFoo", origin=origin)])))
    assert output.endswith(
        "\n::error file=src/a%2Cb.c,line=41,title=ABI102 newer-symbol::PyFoo: stable"
        f" since 3.10%0Ain demo/core.abi3.so of dist/{BAD}%0A"
        'min-python = "3.10" settles it\n'
    )


def test_hostile_names_are_no_commands(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    members = {f"{name}/x.abi3.so": b"no image" for name in HOSTILE}
    path = write_wheel(tmp_path / BAD, members)
    _, out, _ = run(capsys, "audit", "--format", "github", path)
    found = commands(out)
    assert len(found) == len(HOSTILE)
    assert {(name, each["title"]) for name, each, _ in found} == {
        ("error", "ABI801 unreadable")
    }
    assert any(r"\x3a:error file=a::b" in data for _, _, data in found)


def test_what_github_would_not_show_is_counted() -> None:
    output = render_github(
        run_over(made_report(error(f"PyFoo{n:02}") for n in range(12)))
    )
    found = commands(output)
    assert len(found) == 10
    assert found[8][2].startswith("PyFoo08: ")
    assert found[9] == (
        "error",
        {"title": "abi3build"},
        "3 more are in the log and in the job summary",
    )


def test_known_findings_are_not_annotated() -> None:
    old, new = error("PyOld"), error("PyNew")
    found = commands(render_github(run_over(made_report([old, new]), known=[old])))
    assert [data.split(":")[0] for _, _, data in found] == ["PyNew"]


def test_faults_are_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "audit", "--format", "github", "gone.whl")
    fault = "gone.whl: no such file or directory: check the path"
    assert (status, err) == (3, f"abi3build: error: {fault}\n")
    assert out == f"::error title=abi3build::{fault}\n"


def test_wrong_settings_are_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("audit", "--format", "github", "--min-python", "4", "x.whl")
    status, out, _ = run(capsys, *arguments)
    assert status == 2
    assert commands(out) == [
        (
            "error",
            {"title": "abi3build"},
            '--min-python: expected a Python version from "3.2" to "3.15", got "4"',
        )
    ]


def test_summary_is_put_behind_what_the_step_wrote_before(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wheels(tmp_path)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    _, markdown, _ = run(capsys, "audit", "--format", "markdown", GOOD, BAD)
    assert run(capsys, "audit", GOOD)[0] == 0
    assert summary.read_text(encoding="utf-8") == "before\n"
    assert run(capsys, "audit", "--format", "github", GOOD, BAD)[0] == 1
    assert summary.read_text(encoding="utf-8") == f"before\n{markdown}"


def test_summary_stays_below_what_github_shows(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_wheel(tmp_path / BAD, {"x.abi3.so": elf_taking("PyFrame_GetCode")})
    summary = tmp_path / "summary.md"
    before = "x" * ((1 << 20) - 700)
    summary.write_text(before, encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run(capsys, "audit", "--format", "github", path)
    text = summary.read_text(encoding="utf-8")
    assert len(text.encode()) <= 1 << 20
    added = text[len(before) :]
    assert added.startswith("## abi3build: 0 of 1 keep their promise\n")
    assert added.endswith(
        " more lines are left out, because there is no room for them\n"
    )


def test_summary_that_cannot_be_written_is_said(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_wheel(tmp_path / GOOD, {"x.abi3.so": LIBRARY})
    gone = tmp_path / "gone" / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(gone))
    status, _, err = run(capsys, "audit", "--format", "github", path)
    assert (status, err) == (
        2,
        f"abi3build: error: GITHUB_STEP_SUMMARY={gone}: No such file or directory: name"
        " a file that can be written, or unset the variable\n",
    )
