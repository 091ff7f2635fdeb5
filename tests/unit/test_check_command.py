"""``abi3build check``: the settings of projects, as a hook asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calling import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

REQUIRES = '[build-system]\nrequires = ["setuptools", "abi3build"]\n'


def write(folder: Path, text: str) -> Path:
    """Write a project's file; return the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_settings_in_order_and_projects_without_any_pass(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = write(
        tmp_path / "right", f'{REQUIRES}[tool.abi3build]\nmin-python = "3.9"\n'
    )
    other = write(tmp_path / "other", "[tool.black]\n")
    # A variable of whoever commits says nothing about the file.
    monkeypatch.setenv("ABI3BUILD_MIN_PYTHON", "nonsense")
    assert run(capsys, "check", right, other / "pyproject.toml") == (0, "", "")
    monkeypatch.chdir(right)
    assert run(capsys, "check") == (0, "", "")


def test_all_faults_of_all_files_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = f'{REQUIRES}[tool.abi3build]\nmin-python = 3.9\nverify = "warning"\n'
    wrong = write(tmp_path / "wrong", table) / "pyproject.toml"
    broken = write(tmp_path / "broken", "[tool\n") / "pyproject.toml"
    gone = tmp_path / "gone.toml"
    status, out, err = run(capsys, "check", wrong.parent, broken, gone)
    assert (status, out) == (2, "")
    place = f"abi3build: error: {wrong}: tool.abi3build."
    assert err == (
        f'{place}min-python: expected a string such as "3.10", got a float (3.9)\n'
        '  hint: write "3.9" in quotes\n'
        f'{place}verify: expected "error", "warn", "strict" or "off", got "warning",'
        ' did you mean "warn"?\n'
        f"abi3build: error: {broken}: line 1, column 6: expected ']' at"
        " the end of a table declaration, correct it there\n"
        f"abi3build: error: {gone}: cannot be read: No such file or directory: check"
        " the path and its permissions\n"
    )
