"""Help on Pythons whose argparse has colors: none are loaded where nobody sees them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import abi3build

if TYPE_CHECKING:
    from workbench.fixture_types import PythonNamed

pytestmark = pytest.mark.lab("3.15")

FOLDER = Path(abi3build.__file__).parents[1]


def help_on(python: str, **environment: str) -> tuple[str, str]:
    """Give the help, and the modules that were loaded for it."""
    quiet = {
        name: value
        for name, value in os.environ.items()
        if name not in {"FORCE_COLOR", "NO_COLOR", "PYTHON_COLORS"}
    }
    completed = subprocess.run(
        [python, "-X", "importtime", "-m", "abi3build", "audit", "--help"],
        env={**quiet, "PYTHONPATH": str(FOLDER), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return completed.stdout, completed.stderr


def test_colors_are_loaded_where_they_are_seen(python_named: PythonNamed) -> None:
    python = str(python_named("3.15").executable)
    plain, loaded = help_on(python)
    assert plain.startswith("usage: abi3build audit ")
    assert "_colorize" not in loaded
    colored, loaded = help_on(python, FORCE_COLOR="1")
    assert colored.startswith("\x1b[")
    assert "_colorize" in loaded
