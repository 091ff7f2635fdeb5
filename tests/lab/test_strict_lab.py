"""The marker ``lab``: what is missing is counted aloud, or fails where asked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SAMPLE = """
import pytest

@pytest.mark.lab("3.99")
def test_needs_a_python_of_the_future():
    pass

@pytest.mark.lab
def test_asks_by_itself(python_named):
    python_named("3.98t")

@pytest.mark.lab
def test_needs_nothing():
    pass
"""


def run_sample(folder: Path, *options: str) -> tuple[int, str]:
    sample = folder / "test_sample.py"
    sample.write_text(SAMPLE, encoding="utf-8")
    plugins = ["-p", "no:cacheprovider", "-p", "conftest"]
    places = [str(TESTS)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, *plugins, *options, sample],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )
    return run.returncode, run.stdout


@pytest.mark.parametrize("options", [(), ("--strict-lab", "--no-strict-lab")])
def test_skipped_tests_are_counted(options: tuple[str, ...], tmp_path: Path) -> None:
    status, said = run_sample(tmp_path, *options)
    counted = "lab: 2 of 3 tests skipped: python3.98t missing, python3.99 missing"
    assert counted in said.splitlines()
    assert status == 0


def test_skipped_tests_fail_under_strict_lab(tmp_path: Path) -> None:
    status, said = run_sample(tmp_path, "--strict-lab")
    lines = said.splitlines()
    assert "skipped under --strict-lab: python3.99 missing" in lines
    assert "skipped under --strict-lab: python3.98t missing" in lines
    assert not any(line.startswith("lab: ") for line in lines)
    assert status == 1
