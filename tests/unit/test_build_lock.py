"""Builds that share a folder wait for each other, and say so in one line."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.setuptools_plugin.build_lock import build_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILD = """
import pathlib, sys
from importlib import import_module
from setuptools import Distribution, Extension

name = sys.argv[1]
own = getattr(import_module(f"setuptools.command.{name}"), name)

class Noted(own):
    def run(self):
        pathlib.Path("ran").touch()
        raise SystemExit("ran")

given = {"name": "demo", "ext_modules": [Extension("core", ["core.c"])]}
Distribution({**given, "cmdclass": {name: Noted}}).run_command(name)
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    table = '[tool.abi3build]\nmin-python = "3.9"\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    (tmp_path / "core.c").touch()

    def start_command(name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", BUILD, name],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            encoding="utf-8",
        )

    return start_command


@pytest.mark.parametrize("name", ["bdist_wheel", "build", "build_ext"])
def test_each_command_waits_for_the_build_folder(
    name: str, tmp_path: Path, start: Callable[[str], subprocess.Popen[str]]
) -> None:
    waits = "abi3build: note: waiting for another build in build to finish\n"
    # A command of the same build starts others: it does not wait for itself.
    with build_lock(tmp_path / "build"), build_lock(tmp_path / "build"):
        process = start(name)
        assert process.stderr is not None
        said = ""
        while said != waits:
            said = process.stderr.readline()
            assert said, "it ended without a wait"
        assert process.poll() is None
        assert not (tmp_path / "ran").exists()
    _, rest = process.communicate(timeout=120)
    assert rest.splitlines() == ["ran"]
    assert (tmp_path / "ran").exists()


def test_a_build_alone_does_not_wait(
    tmp_path: Path, start: Callable[[str], subprocess.Popen[str]]
) -> None:
    with build_lock(tmp_path / "build"):
        pass
    _, said = start("build").communicate(timeout=120)
    assert said.splitlines() == ["ran"]
