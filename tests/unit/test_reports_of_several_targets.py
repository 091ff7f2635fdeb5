"""The place of the reports if one build makes wheels for several platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.platforms import read_platform
from abi3build.setuptools_plugin.cross.wheel_set import build_set

if TYPE_CHECKING:
    from pathlib import Path


def test_one_file_for_the_reports_of_several_wheels_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABI3BUILD_REPORT", "json=report.json")
    names = ("win_amd64", "macosx_11_0_arm64")
    with pytest.raises(SystemExit) as ended:
        build_set([read_platform(name) for name in names], (str(tmp_path), None, None))
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"abi3build: error: ABI3BUILD_REPORT {tmp_path / 'report.json'}: is not a"
        " directory, and 2 wheels have a report each: name a directory that exists\n"
    )
    assert not list(tmp_path.iterdir())
