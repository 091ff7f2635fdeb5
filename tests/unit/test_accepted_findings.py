"""``audit --allow-from``: what a project accepts in builds, in finished wheels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calling import elf_taking, run, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAME = "{}-1.0-cp39-abi3-linux_x86_64.whl"
TABLE = """\
[tool.abi3build]
min-python = "3.9"

[[tool.abi3build.allow]]
symbol = "_PyLong_*"
reason = "looked at"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write two wheels and their project; only one needs what is allowed."""
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    dist = tmp_path / "dist"
    dist.mkdir()
    for distribution, name in (
        ("demo", "_PyLong_NumBits"),
        ("other", "PyLong_AsDouble"),
    ):
        path = dist / NAME.format(distribution)
        write_wheel(path, {"demo/sample.abi3.so": elf_taking(name)})
    return tmp_path


@pytest.mark.parametrize("place", ["pyproject.toml", "."])
def test_what_the_settings_allow_passes_with_its_reason(
    capsys: pytest.CaptureFixture[str], project: Path, place: str
) -> None:
    dist = project / "dist"
    assert run(capsys, "audit", dist)[0] == 1
    status, out, err = run(capsys, "audit", dist, "--allow-from", project / place)
    assert (status, err) == (0, "")
    assert (
        "  allowed: ABI101 _PyLong_NumBits in demo/sample.abi3.so (looked at)\n" in out
    )
    assert "ABI701" not in out


def test_an_entry_that_covers_nothing_anywhere_is_told_once(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    file = project / "pyproject.toml"
    file.write_text(TABLE.replace("_PyLong_*", "_PyDict_*"), encoding="utf-8")
    status, out, _ = run(capsys, "audit", project / "dist", "--allow-from", file)
    assert status == 1
    assert out.count("ABI701 _PyDict_*") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[tool.black]\n",
            "{}: no [tool.abi3build] table, so nothing is allowed: name the file of the"
            " project that built the wheels",
        ),
        (
            TABLE.replace("reason", "resaon"),
            '{}: tool.abi3build.allow[0].resaon: unknown key, did you mean "reason"?',
        ),
        (None, "{}: no such file: check the path"),
    ],
)
def test_a_file_that_allows_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], project: Path, text: str | None, told: str
) -> None:
    file = project / "pyproject.toml"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")
    status, out, err = run(capsys, "audit", project / "dist", "--allow-from", file)
    assert (status, out) == (2, "")
    assert err == f"abi3build: error: --allow-from: {told.format(file)}\n"
