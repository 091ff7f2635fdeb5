"""A folder that cannot take the wheel ends the build in one line."""

from __future__ import annotations

import errno
import shutil
import sys
from types import SimpleNamespace
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


@pytest.mark.parametrize("is_named", [True, False])
def test_a_full_disk_elsewhere_is_not_the_wheels_folder(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    is_named: bool,
) -> None:
    build = tmp_path / "build"
    build.mkdir()
    monkeypatch.chdir(build)
    room = {build: 0}
    monkeypatch.setattr(
        shutil, "disk_usage", lambda at: SimpleNamespace(free=room.get(at, 1))
    )
    with pytest.raises(SystemExit), told_if_not_written(tmp_path / "dist"):
        fail(build / "a" if is_named else None, errno.ENOSPC)
    at = build / "a" if is_named else build
    assert capsys.readouterr().err == (
        f"abi3build: error: {at}: No space left on device: free some, or build in"
        " another folder\n"
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


def test_a_half_written_wheel_goes_silently_and_first(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", complaints.append)
    with pytest.raises(SystemExit), told_if_not_written(tmp_path):
        write_twice(tmp_path / "demo.whl")
    assert capsys.readouterr().err == (
        f"closed\nabi3build: error: {tmp_path}: No space left on device: free some, or"
        " name another folder for the wheel\n"
    )
    assert not complaints


class HalfWritten:
    """Stand for a ``ZipFile``, which writes its directory when it goes."""

    def __del__(self) -> None:
        """Fail in it."""
        sys.stderr.write("closed\n")
        raise OSError(errno.ENOSPC, "")


def write_twice(path: Path) -> None:
    """Fail in closing what failed before, as the context of ``WheelFile`` does."""
    try:
        write_once(path)
    finally:
        fail(path, errno.ENOSPC)


def write_once(path: Path) -> None:
    """Hold the wheel in the frame of the first fault alone."""
    wheel = HalfWritten()
    fail(path, errno.ENOSPC)
    del wheel


def fail(path: Path | None, number: int) -> None:
    """Raise what the system raises if it does not write a file."""
    import os

    raise OSError(number, os.strerror(number), path and str(path))
