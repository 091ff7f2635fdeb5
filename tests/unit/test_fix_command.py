"""``port --fix`` refuses in one line what it cannot do, and reports what it did."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from calling import run

from abi3build.errors import UsageError
from abi3build.port_fix.fix_report import (
    FixReport,
    KeptStep,
    OtherHeaders,
    RemainingError,
    render_text,
)
from abi3build.port_fix.source_files import LeftToDo
from abi3build.port_fix.write_back import refuse_unsaved_changes, write_fixes
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("tree_sitter")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--write"], "--write: only works with --fix: add it"),
        (["--force"], "--force: only works with --fix: add it"),
        (
            ["--try"],
            (
                "--try: tries what --fix --write has written: add --fix --write, on a"
                " copy of the project if you like"
            ),
        ),
        (
            ["--fix", "--try"],
            (
                "--try: tries what --fix --write has written: add --write, on a copy of"
                " the project if you like"
            ),
        ),
        (
            ["--fix", "--write", "--command", "pytest"],
            "--command: only works with --try: add it",
        ),
        (["--requires", "six"], "--requires: only works with --try: add it"),
        (
            ["--fix", "--floor", "3.8"],
            (
                "--floor 3.8: before 3.9, instances hold their type differently, so"
                " --fix cannot go lower: name a floor of 3.9 or later"
            ),
        ),
        (
            ["--fix", "--format", "markdown"],
            "--format markdown: --fix supports text and json: choose one of them",
        ),
        (
            ["--fix", "."],
            (
                "min-python 3.8: before 3.9, instances hold their type differently, so"
                " --fix cannot go lower: name a floor of 3.9 or later"
            ),
        ),
        (
            ["--fix", "a.c"],
            (
                "a.c: --fix compiles with the project's own build, so it needs one"
                " folder with a setup.py or a pyproject.toml: name that folder"
            ),
        ),
    ],
)
def test_arguments_that_do_not_go_together(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.c").touch()
    (tmp_path / "pyproject.toml").write_text('[tool.abi3build]\nmin-python = "3.8"\n')
    status, _, error = run(capsys, "port", *arguments)
    assert (status, error) == (2, f"abi3build: error: {message}\n")


def test_a_project_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "port", "--fix", "missing-project") == (
        3,
        "",
        "abi3build: error: missing-project: no such file or folder: check the path\n",
    )


REPORT = FixReport(
    project="demo",
    floor=PythonVersion(3, 11),
    compat=True,
    units=2,
    errors_before=9,
    kept=(
        KeptStep("types", "A", ("mutable", "no tp_new")),
        KeptStep("types", "B", ("mutable",)),
    ),
    left=(LeftToDo("a.c", 3, "C", "its fields change at run time"),),
    remaining=(RemainingError("a.c", 4, "unknown type name 'X'"),),
    unprovable=("broken.c",),
    diff="--- a/a.c\n+++ b/a.c\n",
    contents={"a.c": b"new\n"},
)


def test_the_report_says_what_is_done_different_and_left() -> None:
    rest = (
        "done: types: A, B\n"
        "  mutable\n"
        "  A: no tp_new\n"
        "yours to do: a.c:3: C: its fields change at run time\n"
        "broken.c: did not compile even without the limit, so it was not changed\n"
        "a.c:4: unknown type name 'X'\n"
        "1 error under the limit of Python 3.11 with compat = true left, of 9\n"
    )
    assert render_text(REPORT) == REPORT.diff + rest
    assert render_text(REPORT, written=True) == "changed: a.c\n" + rest


def test_one_error_was_there() -> None:
    one = replace(REPORT, kept=(), left=(), remaining=(), unprovable=(), diff="")
    assert render_text(replace(one, units=1, errors_before=1)) == (
        "1 source compiles under the limit of Python 3.11 with compat = true after the"
        " changes; there was 1 error before\n"
    )


def test_what_is_left_with_other_headers_is_said_after_the_sum() -> None:
    error = RemainingError("a.c", 75, "unknown type name 'PyMutex'")
    known = REPORT.remaining[0]
    other = OtherHeaders("under the limit, headers of 3.13", (known, error))
    same = OtherHeaders("under the limit, headers of 3.9", (known,))
    text = render_text(replace(REPORT, elsewhere=(same, other)))
    assert text == render_text(REPORT) + (
        "under the limit, headers of 3.13: 1 error, such as a.c:75: unknown type name"
        " 'PyMutex': build with other headers, or change that too\n"
    )


def test_files_are_replaced_whole_and_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("old\n")
    (tmp_path / "a.c").chmod(0o640)
    write_fixes(tmp_path, REPORT)
    assert (tmp_path / "a.c").read_bytes() == b"new\n"
    assert (tmp_path / "a.c").stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["a.c"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_nothing_outside_of_the_project_is_written(tmp_path: Path) -> None:
    shared = tmp_path / "shared.c"
    shared.write_text("old\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.c").symlink_to(shared)
    with pytest.raises(UsageError) as caught:
        write_fixes(project, REPORT)
    assert str(caught.value) == (
        f"{project}/a.c: is a link to {shared.resolve()}, outside of the project, so"
        " nothing was written: put a copy of the file in its place"
    )
    assert shared.read_text() == "old\n"


def test_a_tree_that_git_cannot_read_is_not_taken_for_clean(tmp_path: Path) -> None:
    refuse_unsaved_changes(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)  # noqa: S607
    (tmp_path / ".git" / "index").write_bytes(b"spoiled" * 20)
    with pytest.raises(UsageError) as caught:
        refuse_unsaved_changes(tmp_path)
    assert re.fullmatch(
        re.escape(f"{tmp_path}: git does not say whether there are uncommitted changes")
        + r" \((error|fatal): .+\): settle that first, or add --force",
        str(caught.value),
    )
