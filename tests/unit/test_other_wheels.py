"""What other wheels of a release in sight change of what a report says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calling import elf_taking, run, write_wheel
from reporting import error, made_report

from abi3build.reports.verdicts import headline

if TYPE_CHECKING:
    from pathlib import Path

ABI3 = "demo-1.0-cp311-abi3-linux_x86_64.whl"
ADMITS = "info: admits Python 3.9, but the wheel's floor is 3.11"


def audit(folder: Path, capsys: pytest.CaptureFixture[str], *names: str) -> str:
    """Audit a folder with the abi3 wheel and others."""
    write_wheel(folder / ABI3, metadata="Requires-Python: >=3.9\n")
    for name in names:
        write_wheel(folder / name)
    return run(capsys, "audit", folder)[1]


@pytest.mark.parametrize(
    "names",
    [
        ("cp39-cp39-manylinux2014_x86_64", "cp310-cp310-manylinux_2_28_x86_64"),
        ("cp38-abi3-linux_x86_64",),
        ("py3-none-any",),
        ("py3-none-manylinux_2_17_x86_64",),
    ],
)
def test_nothing_is_said_if_others_serve_the_older_pythons(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [f"demo-1.0-{name}.whl" for name in names]
    assert "ABI602" not in audit(tmp_path, capsys, *others)


@pytest.mark.parametrize(
    "name",
    [
        "demo-1.0-cp39-cp39-manylinux2014_x86_64",  # 3.10 is left out
        "demo-1.0-cp310-abi3-manylinux2014_x86_64",
        "demo-1.0-cp38-abi3-win_amd64",
        "demo-1.0-cp38-abi3-musllinux_1_2_x86_64",
        "demo-1.0-cp38-abi3-manylinux2014_aarch64",
        "demo-0.9-cp38-abi3-manylinux2014_x86_64",
        "other-1.0-cp38-abi3-manylinux2014_x86_64",
    ],
)
def test_it_is_said_if_an_older_python_is_left_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ADMITS in audit(tmp_path, capsys, f"{name}.whl")


@pytest.mark.parametrize(
    ("symbol", "hint"),
    [
        (
            "PyObject_Length",
            'set requires-python = ">=3.11" if no other wheel supports Python 3.9, or'
            ' min-python = "3.9"',
        ),
        (
            "PyFrame_GetCode",
            'set requires-python = ">=3.11" if no other wheel supports Python 3.9',
        ),
    ],
)
def test_a_floor_is_proposed_only_if_the_symbols_allow_it(
    symbol: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = {"demo/sample.abi3.so": elf_taking(symbol)}
    wheel = write_wheel(tmp_path / ABI3, members, metadata="Requires-Python: >=3.9\n")
    status, out, _ = run(capsys, "audit", "--fail-on", "warning", wheel)
    assert status == 0
    assert out.endswith(f"  hint: {hint}\n")


@pytest.mark.parametrize(
    ("codes", "promise"),
    [
        (["ABI102"], "does not keep its promise to Python 3.11"),
        (
            ["ABI604", "ABI607"],
            "does not keep its promise to the platform, linux_x86_64",
        ),
        (["ABI606"], "does not keep what its RECORD says"),
        (["ABI606", "ABI102"], "does not keep its promise to Python 3.11"),
    ],
)
def test_the_heading_says_which_promise_is_broken(
    codes: list[str], promise: str
) -> None:
    errors = [error("x")._replace(code=code) for code in codes]
    report = made_report(errors, floor="3.11", name=ABI3)
    assert headline(report) == f"{ABI3} {promise}"
