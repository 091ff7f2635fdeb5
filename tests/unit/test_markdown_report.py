"""``--format markdown``, rendered by markdown-it as GitHub would."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from calling import run, write_wheel
from reporting import BAD, GOOD, HOSTILE, error, made_report, run_over, write_wheels

from abi3build.reports.markdown import render_markdown

if TYPE_CHECKING:
    from pathlib import Path

NEWER = (
    "[ABI102 newer-symbol](https://github.com/abi3build/abi3build/blob/main/docs/"
    "rules.md#abi102-newer-symbol)"
)


def rendered(text: str) -> str:
    """Render GitHub's dialect, HTML in it included, which must not be there."""
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")
    made: str = parser.render(text)
    return made


def test_overview_and_findings(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wheels(tmp_path)
    status, out, err = run(capsys, "audit", "--format", "markdown", GOOD, BAD, "gone")
    assert status == 3
    assert err == "abi3build: error: gone: no such file or directory: check the path\n"
    lines = [line for line in out.splitlines() if "Py_GetConstantBorrowed" not in line]
    private = NEWER.replace("102", "101").replace("newer", "unstable")
    assert lines == [
        "## abi3build: 1 of 2 keep their promise",
        "",
        "| | input | promise | images | lowest floor | errors | warnings |",
        "|:-:|---|---|--:|---|--:|--:|",
        f"| \N{HEAVY CHECK MARK} | `{GOOD}` | Python 3.9 | 1 | 3.2 | 0 | 0 |",
        f"| \N{HEAVY BALLOT X} | `{BAD}` | Python 3.7 | 2 | 3.10 | 2 | 0 |",
        "",
        f"### `{BAD}`",
        "",
        "It does not keep its promise to Python 3.7.",
        "",
        "| | rule | what | why | where |",
        "|---|---|---|---|---|",
        f"| \N{HEAVY BALLOT X} error | {NEWER} | `PyFrame_GetCode` | stable since 3.10"
        " | `demo/new/sample.abi3.so` |",
        f"| \N{HEAVY BALLOT X} error | {private} | `_PyLong_NumBits` | private, never"
        " stable | `demo/private/sample.abi3.so` |",
        "",
        "**Next steps**",
        "",
        '- min-python = "3.10" settles PyFrame\\_GetCode',
        '- for \\_PyLong\\_NumBits use PyObject\\_CallMethod\\(integer, "bit\\_length",'
        " NULL\\) \\(stable since 3.2\\)",
        "",
        "**Not read**",
        "",
        "- gone: no such file or directory: check the path",
    ]


def test_source_line_and_known_findings() -> None:
    known = error("PyFoo", origin="src/a.c:41 in encode()")
    text = render_markdown(run_over(made_report([known]), known=[known]))
    assert (
        f"| known \N{HEAVY BALLOT X} error | {NEWER} | `PyFoo` | stable since 3.10 |"
        " `src/a.c:41` in `demo/core.abi3.so` |\n"
    ) in text
    assert "Next steps" not in text


def test_hostile_names_are_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    members = {f"{name}/x.abi3.so": b"no image" for name in HOSTILE}
    path = write_wheel(tmp_path / BAD, members)
    _, out, _ = run(capsys, "audit", "--format", "markdown", path)
    page = rendered(out)
    tags = set(re.findall(r"<([a-z0-9]+)", page))
    expected = "a code h2 h3 li p strong table tbody td th thead tr ul"
    assert tags <= set(expected.split(" "))
    assert set(re.findall(r'href="(https://[a-z.]+)', page)) == {"https://github.com"}
    codes = [html.unescape(each) for each in re.findall("<code>(.*?)</code>", page)]
    assert "`|<script>alert(1)</script>/x.abi3.so" in codes
    assert "](https://example.org) **f** & <b>g</b>/x.abi3.so" in codes
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    assert {row.count("<td") for row in rows} == {0, 5, 7}


@pytest.mark.parametrize("text", [*HOSTILE, "`", "a``b|c\\", " x ", "\\|"])
def test_any_subject_comes_back_as_it_was(text: str) -> None:
    page = rendered(render_markdown(run_over(made_report([error(text)]))))
    (codes,) = re.findall(
        r"newer-symbol</a></td>\n<td><code>(.*?)</code></td>\n<td>stable", page
    )
    shown = html.unescape(codes)
    assert (
        shown.strip()
        == error(text)
        .what.replace("\n", " ")
        .replace("\N{RIGHT-TO-LEFT OVERRIDE}\x1b", "\\u202e\\x1b")
        .strip()
    )


def test_lines_without_room_are_left_out() -> None:
    findings = [error(f"PyFoo{number}") for number in range(9)]
    run_ = run_over(made_report(findings))
    whole = render_markdown(run_)
    assert render_markdown(run_, len(whole.encode())) == whole
    short = render_markdown(run_, 1500)
    assert len(short.encode()) <= 1500
    lines = short.splitlines()
    left = len(whole.splitlines()) - len(lines) + 2
    assert (
        lines[-1]
        == f"{left} more lines are left out, because there is no room for them"
    )
    assert whole.startswith("\n".join(lines[:-2]))
