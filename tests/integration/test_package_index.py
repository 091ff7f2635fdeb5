"""``audit --pypi`` on the package index that pip uses here; skipped without one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.lab
def test_a_release_of_psutil_keeps_its_promises(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "abi3build", "audit", "--pypi", "psutil==7.0.0"),
            *("--cache-dir", str(tmp_path), "--format", "json"),
        ],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if "no connection" in run.stderr or "no response in time" in run.stderr:
        pytest.skip("no package index")
    assert (run.returncode, run.stderr) == (0, "")
    reports = json.loads(run.stdout)["reports"]
    assert [report["tags"][0] for report in reports] == [
        "cp36-abi3-macosx_10_9_x86_64",
        "cp36-abi3-macosx_11_0_arm64",
        "cp36-abi3-manylinux2010_i686",
        "cp36-abi3-manylinux2010_x86_64",
        "cp36-abi3-manylinux2014_aarch64",
        "cp37-abi3-win32",
        "cp37-abi3-win_amd64",
    ]
    assert all(report["keeps_promise"] for report in reports)
    assert len(list(tmp_path.iterdir())) == len(reports)
