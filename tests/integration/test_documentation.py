"""README and docs: each command is run, and prints what the page says it does."""

from __future__ import annotations

import os
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
    order_of,
)
from workbench.kits import ROOT
from workbench.running import run_or_raise
from workbench.small_machine import make_small_machine

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


SELDOM = "ABI3_ALL_SESSIONS" in os.environ
"""Set by ``nox -s sessions``, which takes long and asks the package index."""


def is_run(block: Block) -> bool:
    """Tell whether this run of the tests runs a block."""
    order = order_of(block.mark)
    return order is not None and (SELDOM or not order.seldom)


RUN = [
    page
    for page in PAGES
    if any(map(is_run, blocks_of((ROOT / page).read_text(encoding="utf-8"))))
]


@pytest.mark.parametrize("page", RUN)
def test_prints_what_the_page_says(
    page: str, workbench: Workbench, python_named: PythonNamed, tmp_path: Path
) -> None:
    machine = make_small_machine(workbench, python_named(PYTHON), tmp_path)
    text = (ROOT / page).read_text(encoding="utf-8")
    folder = tmp_path / "project"
    folder.mkdir()
    if not page.startswith(BEGIN_WITH_INSTALLING):
        machine.install("abi3build", "build")
    for number, block in enumerate(blocks_of(text)):
        kind, _, name = block.mark.partition(" ")
        order = order_of(block.mark)
        if order is not None and is_run(block):
            if order.folder:
                sample = order.folder.rpartition("/")[2]
                folder = tmp_path / str(number) / sample
                copy_project(ROOT / order.folder, folder)
            found = map(python_named, order.pythons or [PYTHON])
            variables = machine.variables(found, online=order.online)
            if kind == "prepare":
                run_or_raise(["/bin/sh", "-ec", block.text], folder, variables)
            else:
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
    order = order_of(block.mark)
    assert order is not None
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
        assert order.is_unsaid or not missing, told
        fails = order.fails and command is commands[-1]
        assert bool(done.returncode) == fails, told
