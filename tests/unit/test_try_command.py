"""``abi3build try`` where nothing can be tried: one line that says why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from calling import run, write_wheel
from interpreters_in_small import interpreter

from abi3build.targets.interpreters import FoundInterpreters

HERE = Path(__file__)
NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--require", "3.9-"],
            "--require 3.9-: expected versions such as 3.9-3.15, 3.12 or 3.15t,"
            " separated by commas",
        ),
        (
            ["--require", "3.13t-3.9t"],
            "--require 3.13t-3.9t: a range begins with the older Python: write"
            " 3.9t-3.13t",
        ),
        (
            ["--require", "3.9-3.99"],
            "--require 3.9-3.99: this abi3build knows Python only up to 3.15: name no"
            " later ones, or upgrade it",
        ),
        (
            ["--python", "3.12.1"],
            "--python 3.12.1: not a minor version of Python 3: give the path of a"
            " Python, or a version such as 3.12",
        ),
        (
            ["--python", "python3.77"],
            "--python python3.77: neither a file nor a version: give the path of a"
            " Python, or a version such as 3.12",
        ),
        (
            ["--python", "/dev/null/none"],
            "--python /dev/null/none: neither a file nor a version: give the path of a"
            " Python, or a version such as 3.12",
        ),
        (
            ["--python", __file__],
            f"--python {__file__}: does not run as Python 3: check the path",
        ),
        (
            ["--project", str(HERE.parent), "--command", f"pytest {HERE.name}"],
            f"--command pytest {HERE.name}: starts in an empty folder, without"
            f" {HERE.name}: write {{project}}/{HERE.name}",
        ),
        (
            ["--project", "nowhere"],
            "--project nowhere: no such directory: check the path",
        ),
        (
            ["--find-links", "nowhere"],
            "--find-links nowhere: no such directory: check the path",
        ),
        (
            ["--command", "pytest 'tests"],
            (
                "--command pytest 'tests: No closing quotation: close the open"
                " quotation mark"
            ),
        ),
        (["--command", " "], "--command: is empty: name a program"),
        (["--command", ""], "--command: is empty: name a program"),
    ],
)
def test_refuses_wrong_usage_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    wheel = write_wheel(tmp_path / NAME)
    said = run(capsys, "try", wheel, *arguments)
    assert said == (2, "", f"abi3build: error: {message}\n")


@pytest.fixture
def only_python_3_12(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no other Python be found on this machine."""
    monkeypatch.setattr(
        "abi3build.targets.interpreters.find_interpreters",
        lambda _: FoundInterpreters((interpreter("3.12"),)),
    )


@pytest.mark.usefixtures("only_python_3_12")
@pytest.mark.parametrize(
    ("label", "step"),
    [("3.14", "or install it: uv python install 3.14"), ("3.77", "or name another")],
)
def test_a_python_that_is_not_here_is_offered_only_if_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], label: str, step: str
) -> None:
    wheel = write_wheel(tmp_path / NAME)
    said = run(capsys, "try", wheel, "--python", label)
    message = f"--python {label}: not found among 3.12: give its path, {step}"
    assert said == (2, "", f"abi3build: error: {message}\n")


@pytest.mark.usefixtures("only_python_3_12")
def test_refuses_a_skip_that_skips_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(
        tmp_path / "demo-1.0-py3-none-any.whl", {"demo.py": b"", "other.py": b""}
    )
    said = run(capsys, "try", wheel, "--skip", "dem*", "--skip", "others")
    message = "--skip others: matches no module: the modules are other"
    assert said == (2, "", f"abi3build: error: {message}\n")


def test_a_python_that_has_to_refuse_a_wheel_proves_nothing_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(tmp_path / "demo-1.0-cp399-none-any.whl", {"demo.py": b""})
    said = run(capsys, "try", wheel, "--python", sys.executable)
    message = (
        f"{wheel.name}: its tag, cp399-none-any, and its Requires-Python admit none of"
        " the Pythons that --python names: name one that they admit"
    )
    assert said == (3, "", f"abi3build: error: {message}\n")


@pytest.mark.parametrize(
    "case",
    [
        (
            "demo-1.0-cp39-abi3-linux_s390x.whl",
            None,
            "demo-1.0-cp39-abi3-linux_s390x.whl: its tag, cp39-abi3-linux_s390x, is for"
            " another platform than this machine: try it there",
        ),
        (
            "demo-1.0-py3-none-any.whl",
            {"demo/data.txt": b""},
            "demo-1.0-py3-none-any.whl: contains no module that could be imported: try"
            " another",
        ),
        (
            "demo-1.0-cp399-none-any.whl",
            {"demo.py": b""},
            "demo-1.0-cp399-none-any.whl: its tag, cp399-none-any, and its"
            " Requires-Python admit none of the Pythons found here: install one, or"
            " name one with --python",
        ),
        (
            "demo.so",
            None,
            "{path}: not a wheel: build one (python -m build --wheel), then name it",
        ),
        (
            "demo.whl",
            {},
            "demo.whl: not the name of a wheel"
            " (distribution-version[-build]-python-abi-platform.whl): restore the name"
            " that the build gave it",
        ),
    ],
    ids=lambda case: case[0],
)
def test_says_what_cannot_be_tried(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    only_python_3_12: None,  # noqa: ARG001 - found, and never run
    case: tuple[str, dict[str, bytes] | None, str],
) -> None:
    name, members, message = case
    path = tmp_path / name
    if name.count("-") > 1:
        write_wheel(path, members)
    else:
        path.write_bytes(b"")
    status, out, err = run(capsys, "try", "--format", "json", path)
    said = message.format(path=path)
    assert (status, err) == (3, f"abi3build: error: {said}\n")
    assert json.loads(out)["errors"] == [said]


def test_says_in_its_help_that_it_runs_code(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "try", "--help")
    assert (status, err) == (0, "")
    assert (
        "This runs the code of the wheel and of its requirements with your permissions:"
        " try only wheels that you would install."
    ) in " ".join(out.split())
