"""The set-up of the lab leaves alone what is there and explains what it cannot do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from running_tools import run_tool

TOOL = Path(__file__).with_name("make_pythons.py")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the lab is for Debian")


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    launcher = tmp_path / "bin" / "python3.15"
    launcher.parent.mkdir()
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    status, said = run_tool(TOOL, tmp_path, "--require", "3.15")
    version = "{}.{}.{}".format(*sys.version_info)
    assert said.startswith(f"lab: {launcher}: Python {version}")
    assert status == 0
    assert list(tmp_path.rglob("*")) == [launcher.parent, launcher]


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--require",), 1)])
def test_elsewhere_one_line_says_why(
    options: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    said = "lab: python3.15, python3.13t cannot be made here: there is no dpkg\n"
    assert run_tool(TOOL, tmp_path, *options, "3.15", "3.13t") == (status, said)
