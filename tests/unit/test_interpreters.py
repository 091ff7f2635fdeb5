"""Find interpreters, ask them, and decide for each what a build with it makes."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.reports.settings_report import render_all_json, render_all_text
from abi3build.settings.model import Settings
from abi3build.targets.interpreters import (
    FoundInterpreters,
    decide_targets,
    find_interpreters,
)
from abi3build.targets.target import running_builder
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="interpreters made as scripts")

SETTINGS = Settings(PythonVersion(3, 9))


def pretend(path: Path, release: str, flags: str = "", name: str = "cpython") -> None:
    """Write a script that answers as an interpreter would."""
    major, minor, _ = release.split(".")
    answer = {
        "prefix": str(path.parent.parent),
        "build": f"{name} {release} {flags}",
        "release": release,
        "version": [int(major), int(minor)],
        "implementation": name,
        "free_threaded": "t" in flags,
        "debug": "d" in flags,
        "windows": False,
        "bits": 64,
        "extension_suffix": f".{name}-{major}{minor}{flags}.so",
    }
    script(path, f"echo '{json.dumps(answer)}'")


def script(path: Path, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="ascii")
    path.chmod(0o755)


def find(folder: Path, *path: str, seconds: float = 30) -> FoundInterpreters:
    """Look in a folder and nowhere else; leave out the interpreter of the tests."""
    found = find_interpreters(
        {
            "PATH": os.pathsep.join(str(folder / name) for name in path),
            "PYENV_ROOT": str(folder / "pyenv"),
            "UV_PYTHON_INSTALL_DIR": str(folder / "uv"),
        },
        seconds,
    )
    others = [each for each in found.interpreters if folder in each.path.parents]
    return FoundInterpreters(tuple(others), found.silent)


def test_asks_as_the_running_interpreter_answers(tmp_path: Path) -> None:
    """One question, two ways to put it: in this process and in another."""
    found = find_interpreters({"PATH": str(tmp_path)}).interpreters
    builders = [each.builder for each in found if str(each.path) == sys.executable]
    assert builders == [running_builder()]


def test_looks_in_every_place_and_sorts_by_version(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3.10", "3.10.2")
    pretend(tmp_path / "bin" / "python3.10-config", "3.10.2")
    pretend(tmp_path / "uv" / "cpython-3.9.1" / "bin" / "python3.9", "3.9.1")
    pretend(tmp_path / "pyenv" / "versions" / "3.9.20" / "bin" / "python3", "3.9.20")
    pretend(tmp_path / "pyenv" / "shims" / "python3.12", "3.12.0")
    script(tmp_path / "bin" / "python3.4", "echo no JSON")
    script(tmp_path / "bin" / "python3.5", "exit 1")
    found = find(tmp_path, "bin", "nowhere", "pyenv/shims")
    assert [each.release for each in found.interpreters] == [
        "3.9.1",
        "3.9.20",
        "3.10.2",
    ]
    assert found.silent == ()


def test_gives_an_installation_once(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3.10", "3.10.2")
    pretend(tmp_path / "bin" / "python3", "3.10.2")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "python3").symlink_to(tmp_path / "bin" / "python3")
    found = find(tmp_path, "links", "bin").interpreters
    assert [each.path for each in found] == [tmp_path / "links" / "python3"]


def test_gives_up_on_one_that_does_not_answer(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "python3.10", "exec sleep 60")
    found = find(tmp_path, "bin", seconds=1)
    assert found == FoundInterpreters((), (tmp_path / "bin" / "python3.10",))


def test_shows_what_each_makes_and_why(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3.8", "3.8.20")
    pretend(tmp_path / "bin" / "python3.13", "3.13.2")
    pretend(tmp_path / "bin" / "python3.13t", "3.13.2", "t")
    pretend(tmp_path / "bin" / "pypy3", "3.11.5", name="pypy")
    decisions = decide_targets(SETTINGS, find(tmp_path, "bin").interpreters)
    path = tmp_path / "bin"
    table = render_all_text(SETTINGS, decisions).partition("\n\n")[2]
    assert table.splitlines() == [
        f"CPython 3.8    nothing                             {path}/python3.8",
        (
            '  min-python = "3.9" is newer than the Python that runs the build, CPython'
            " 3.8: build with Python 3.9 or later, or lower min-python"
        ),
        f"PyPy 3.11      version-specific  .pypy-311.so      {path}/pypy3",
        "  PyPy 3.11 does not load CPython's stable ABI",
        f"CPython 3.13   cp39-abi3         .abi3.so          {path}/python3.13",
        f"CPython 3.13t  version-specific  .cpython-313t.so  {path}/python3.13t",
        "  CPython 3.13t is free-threaded and has no stable ABI before 3.15",
    ]
    document = json.loads(render_all_json(SETTINGS, decisions))
    assert [
        (each["builder"], each["target"] and each["target"]["kind"], each["refusal"])
        for each in document["builders"]
    ] == [
        (
            "CPython 3.8",
            None,
            (
                'min-python = "3.9" is newer than the Python that runs the build,'
                " CPython 3.8: build with Python 3.9 or later, or lower min-python"
            ),
        ),
        ("PyPy 3.11", "version-specific", None),
        ("CPython 3.13", "abi3", None),
        ("CPython 3.13t", "version-specific", None),
    ]


def test_without_a_home_directory_the_path_is_still_searched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of the current folder is run, which may be on the path by mistake."""

    def nowhere() -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.setattr("pathlib.Path.home", nowhere)
    monkeypatch.chdir(tmp_path)
    pretend(tmp_path / "bin" / "python3.12", "3.12.1")
    pretend(tmp_path / "python3.13", "3.13.1")
    path = os.pathsep.join([str(tmp_path / "bin"), "", "."])
    found = find_interpreters({"PATH": path}).interpreters
    releases = {each.release for each in found if each.path.is_relative_to(tmp_path)}
    assert releases == {"3.12.1"}
