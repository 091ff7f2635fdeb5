"""Names in a wheel cannot make lines or commands of their own in any report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calling import elf_taking, run, write_wheel

from abi3build.reports.forms import FORMATS, JSON
from abi3build.wording import as_message, on_one_line, spelled_out

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "demo-1.0-cp39-abi3-linux_x86_64.whl"
FORGED = "other-1.0-cp39-abi3-any.whl keeps its promise"
NAMES = [
    f"demo/x\n{FORGED}.abi3.so",
    "demo/y\n::error title=forged::said by a wheel.abi3.so",
    "::error title=forged::z.abi3.so",
    "demo/##[error]forged.abi3.so",
    "demo/\x1b[2Jcleared.abi3.so",
    "demo/\u2028::error title=forged::b.abi3.so",
]
BROKEN = elf_taking("_Py\n::error::ab")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Write a wheel whose names are lines of a report."""
    return write_wheel(tmp_path / WHEEL, dict.fromkeys(NAMES, BROKEN))


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {JSON, "abi3audit-json"}))
def test_no_name_makes_a_line_of_a_report(
    capsys: pytest.CaptureFixture[str], wheel: Path, form: str
) -> None:
    _, out, err = run(capsys, "audit", "--verbose", "--format", form, wheel)
    lines = [line.lstrip() for line in f"{out}\n{err}".splitlines()]
    assert any("title=forged" in line for line in lines)
    assert not [line for line in lines if line.startswith(("::error title=f", FORGED))]
    assert not {"\x1b", "\u2028"} & set(out)
    assert "##[" not in out


def test_no_name_makes_a_line_of_what_floor_says(
    capsys: pytest.CaptureFixture[str], wheel: Path
) -> None:
    _, out, _ = run(capsys, "floor", "--verbose", wheel)
    starts = ("::error", FORGED)
    assert not [line for line in out.splitlines() if line.lstrip().startswith(starts)]
    assert "\x1b" not in out


def test_no_name_of_a_file_makes_a_line_of_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = "a\n::error title=forged::b.whl"
    (tmp_path / name.replace("/", "")).write_bytes(b"no zip")
    for command in ("audit", "floor", "try"):
        status, _, err = run(capsys, command, tmp_path)
        assert status == 3
        assert len(err.splitlines()) == 1


def test_a_message_has_the_lines_of_its_details_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert as_message("a\n  b\nc\n    d\n  ::error::e") == (
        "a\n  b\\nc\n    d\n  \\x3a:error::e"
    )
    gone = tmp_path / "x\n::error title=forged::y.toml"
    _, _, err = run(capsys, "check", gone)
    assert len(err.splitlines()) == 1


def test_texts_are_spelled_out_one_by_one() -> None:
    assert on_one_line("a\nb ##[error] c") == r"a\nb \x23#[error] c"
    assert on_one_line("  ::error::x") == r"  \x3a:error::x"
    assert on_one_line("demo::f(int)") == "demo::f(int)"
    kept = ("a", frozenset({"b"}), 1)
    assert spelled_out(kept) is kept
    assert spelled_out(("a\n", (frozenset({"\t"}),))) == (r"a\n", (frozenset({r"\t"}),))
