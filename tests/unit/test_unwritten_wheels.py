"""A folder that cannot take the wheel ends the build in one line."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from abi3build import build_meta
from abi3build.setuptools_plugin.console import told_if_not_written

if TYPE_CHECKING:
    from pathlib import Path

CASES = (
    (errno.ENOSPC, "No space left on device: free some, or name"),
    (errno.EROFS, "Read-only file system: name"),
    (errno.EACCES, "Permission denied: name"),
)


@pytest.mark.parametrize(("number", "told"), CASES)
def test_the_reason_and_the_next_step_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, number: int, told: str
) -> None:
    draft = tmp_path / ".tmp-x1"
    with pytest.raises(SystemExit) as caught, told_if_not_written(draft):
        fail(draft / "demo.whl", number)
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        f"abi3build: error: {tmp_path}: {told} another folder for the wheel\n"
    )


def test_what_is_forbidden_elsewhere_is_not_taken_for_it(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), told_if_not_written(tmp_path / "dist"):
        fail(tmp_path / "core.c", errno.EACCES)


def test_the_backend_tells_it_of_the_folder_that_it_was_given(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "setup.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "setuptools.build_meta.build_wheel",
        lambda folder, *_: fail(tmp_path / folder / ".tmp-1", errno.EROFS),
    )
    with pytest.raises(SystemExit):
        build_meta.build_wheel("dist")
    assert capsys.readouterr().err == (
        "abi3build: error: dist: Read-only file system: name another folder for the"
        " wheel\n"
    )


def fail(path: Path, number: int) -> None:
    """Raise what the system raises if it does not write a file."""
    import os

    raise OSError(number, os.strerror(number), str(path))
