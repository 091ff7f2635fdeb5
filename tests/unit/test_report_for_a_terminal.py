"""The audit's text on a terminal: the bad ones last, colors, and what quiet leaves."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, run, write_wheel

from abi3build.reports.painting import is_painted, painted

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "good-1.0-cp39-abi3-linux_x86_64.whl"
BAD = "bad-1.0-cp37-abi3-linux_x86_64.whl"
NATIVE = ("a-1.0-cp311-cp311-linux_x86_64.whl", "b-1.0-cp312-cp312-linux_x86_64.whl")
RED, GREEN, YELLOW, RESET = "\033[1;31m", "\033[32m", "\033[33m", "\033[0m"
ESCAPES = re.compile("\033\\[[0-9;]*m")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_wheel(tmp_path / GOOD, {"sample.abi3.so": LIBRARY})
    write_wheel(tmp_path / BAD, {"sample.cpython-311-x86_64-linux-gnu.so": LIBRARY})
    for name in NATIVE:
        write_wheel(tmp_path / name, {"sample.so": LIBRARY})
    return tmp_path


def test_the_bad_ones_come_last_and_the_last_line_names_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "audit", folder)
    assert status == 1
    assert out.index(f"{GOOD} keeps") < out.index(f"{BAD} does not keep")
    assert out.endswith(
        f"\n4 inputs: 1 keeps its promise, 2 skipped, 1 does not: {BAD}\n"
    )
    assert err == (
        "abi3build: note: skipped 2 files that do not promise the stable ABI:"
        " --verbose lists them\n"
    )
    _, _, err = run(capsys, "audit", "--verbose", folder)
    assert [name in err for name in NATIVE] == [True, True]


def test_quiet_shows_only_what_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "audit", "--quiet", folder)
    assert (status, err) == (1, "")
    assert out.startswith(f"{BAD} does not keep its promise to Python 3.7\n")
    assert GOOD not in out
    assert run(capsys, "audit", "-q", folder / GOOD) == (0, "", "")


def test_colors_change_nothing_of_what_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, plain, _ = run(capsys, "audit", folder)
    _, colored, _ = run(capsys, "audit", "--color", "always", folder)
    assert ESCAPES.search(plain) is None
    assert ESCAPES.sub("", colored) == plain
    assert f"{GOOD} {GREEN}keeps its promise{RESET}" in colored
    assert f"{BAD} {RED}does not keep its promise{RESET}" in colored
    assert f"{RED}ABI301{RESET}" in colored

    target = folder / "report.txt"
    run(capsys, "audit", "--color", "always", "--output", target, folder)
    assert target.read_text(encoding="utf-8") == plain


def test_a_lesser_finding_has_a_lesser_color() -> None:
    line = "  ABI602 >=3.6   warning: admits Python 3.6\n"
    assert painted(line) == line.replace("ABI602", f"{YELLOW}ABI602{RESET}")


class Terminal(io.StringIO):
    """Be a stream that shows what is written to someone."""

    def isatty(self) -> bool:
        """Say that it does."""
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "on_terminal", "colors"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {"TERM": "xterm"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_there_are_colors(
    choice: str,
    environment: dict[str, str],
    on_terminal: bool,  # noqa: FBT001 - a column of the table
    colors: bool,  # noqa: FBT001 - a column of the table
) -> None:
    stream = Terminal() if on_terminal else io.StringIO()
    assert is_painted(choice, environment, stream) is colors
