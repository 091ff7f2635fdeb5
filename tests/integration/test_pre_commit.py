"""The hooks, installed and run by pre-commit itself in a fresh repository."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workbench.building import copy_checkout
from workbench.planted_wheels import module, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pre_commit")

CONFIGURATION = """\
repos:
- repo: {hooks}
  rev: {rev}
  hooks:
  - id: abi3build-settings
  - id: abi3build-audit
"""


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a committer whom no file of this machine describes."""
    nobody = {
        "GIT_AUTHOR_NAME": "n",
        "GIT_AUTHOR_EMAIL": "n@example.org",
        "GIT_COMMITTER_NAME": "n",
        "GIT_COMMITTER_EMAIL": "n@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PRE_COMMIT_HOME": str(folder.parent / "store"),
        "PRE_COMMIT_COLOR": "never",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **nobody},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        encoding="utf-8",
    )


def commit_all(folder: Path) -> str:
    """Make a repository of a folder; return the commit."""
    commands = ("init --quiet", "add --all", "commit --quiet --message=all")
    for command in commands:
        assert call(folder, "git", *command.split()).returncode == 0
    return call(folder, "git", "rev-parse", "HEAD").stdout.strip()


def test_hooks_in_a_repository(tmp_path: Path) -> None:
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    copy_checkout(hooks, ".pre-commit-hooks.yaml")
    project.mkdir()
    text = CONFIGURATION.format(hooks=hooks.as_posix(), rev=commit_all(hooks))
    (project / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    table = project / "pyproject.toml"
    requires = '[build-system]\nrequires = ["setuptools", "abi3build"]\n'
    settings = f'{requires}[tool.abi3build]\nmin-python = "3.9"\n'
    table.write_text(settings, encoding="utf-8")
    commit_all(project)
    run = (sys.executable, "-m", "pre_commit", "run", "--all-files")

    right = call(project, *run)
    assert right.returncode == 0, right.stdout
    assert "abi3build audit" not in right.stdout

    misspelled = settings.replace("python =", "pyhton =")
    table.write_text(misspelled, encoding="utf-8")
    wrong = call(project, *run)
    assert wrong.returncode == 1
    assert (
        "abi3build: error: pyproject.toml: tool.abi3build.min-pyhton: unknown key, did"
        ' you mean "min-python"?\n'
    ) in wrong.stdout

    manual = (*run, "--hook-stage", "manual", "abi3build-audit")
    nothing = call(project, *manual)
    assert nothing.returncode == 1
    assert "dist: no such file or directory: check the path\n" in nothing.stdout

    (project / "dist").mkdir()
    write_wheel(module("linux-x86_64"), project / "dist")
    kept = call(project, *manual)
    assert kept.returncode == 0, kept.stdout
