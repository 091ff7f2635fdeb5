"""Run a tool of the lab as nox does, in a lab and on a machine that are empty."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["run_tool"]


def run_tool(tool: Path, lab: Path, *arguments: str) -> tuple[int, str]:
    """Return its exit status and what it said; on ``PATH`` is the lab's bin alone."""
    run = subprocess.run(
        [sys.executable, tool, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={"ABI3_LAB": str(lab), "HOME": str(lab), "PATH": str(lab / "bin")},
    )
    return run.returncode, run.stdout + run.stderr
