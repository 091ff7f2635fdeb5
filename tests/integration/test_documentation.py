"""README and tutorials: each command is run, and prints what the page says it does."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workbench.building import copy_project
from workbench.documented import (
    BEGIN_WITH_INSTALLING,
    PAGES,
    blocks_of,
    commands_of,
    difference,
)
from workbench.kits import ROOT
from workbench.running import run_or_raise

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.documented import Block
    from workbench.fixture_types import PythonNamed

PYTHON = "3.13"
Variables = dict[str, str]

pytestmark = [
    pytest.mark.lab(PYTHON),
    pytest.mark.skipif(
        sys.platform != "linux", reason="the pages print what Linux prints"
    ),
]


@pytest.fixture
def variables(
    workbench: Workbench, python_named: PythonNamed, tmp_path: Path
) -> Variables:
    """Put the Python of a fresh environment first."""
    return workbench.newcomer(python_named(PYTHON), tmp_path / "environment")


RUN = [
    page for page in PAGES if "<!-- run" in (ROOT / page).read_text(encoding="utf-8")
]


@pytest.mark.parametrize("page", RUN)
def test_prints_what_the_page_says(
    page: str, variables: Variables, tmp_path: Path
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    folder = tmp_path / "project"
    folder.mkdir()
    if not page.startswith(BEGIN_WITH_INSTALLING):
        installing = ["pip", "install", "abi3build", "build"]
        run_or_raise(["/usr/bin/env", *installing], folder, variables)
    for number, block in enumerate(blocks_of(text)):
        kind, _, name = block.mark.partition(" ")
        before, begins, sample = block.mark.partition(" in ")
        if begins and before in {"run", "run to failure"}:
            folder = tmp_path / str(number) / sample.rpartition("/")[2]
            copy_project(ROOT / sample, folder)
        if kind == "run":
            run_session(f"{page}:{block.line}", block, folder, variables)
        elif kind == "file":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(block.text, encoding="utf-8")
        elif kind == "apply":
            change = folder / ".change"
            change.write_text(block.text, encoding="utf-8")
            run_or_raise(["git", "apply", "--unidiff-zero", change], folder)


def run_session(place: str, block: Block, folder: Path, variables: Variables) -> None:
    """Run the commands of a block in turn; fail if one prints another thing.

    All succeed, but for the last one of a block whose mark says that it fails.
    """
    commands = commands_of(block.text)
    for command in commands:
        done = subprocess.run(
            ["/bin/sh", "-c", command.words],
            check=False,
            cwd=folder,
            encoding="utf-8",
            env=variables,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        missing = difference(command.output, done.stdout)
        told = f"{place}: $ {command.words}\nsays: {missing}\n{done.stdout}"
        assert not missing, told
        fails = "to failure" in block.mark and command is commands[-1]
        assert bool(done.returncode) == fails, told
