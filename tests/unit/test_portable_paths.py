"""What builds remember of files holds in the next build's environment as well."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from abi3build.setuptools_plugin.stamps import from_portable, to_portable

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_files_of_environments_move_and_those_of_the_project_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script beside the project puts the folder of both on Python's path."""
    project, first, second = (tmp_path / name for name in ("project", "one", "two"))
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(first)])
    kept, moved = (to_portable(str(each / "a.h")) for each in (project, first))
    assert kept == str(project / "a.h")
    monkeypatch.setattr(sys, "path", [str(second)])
    assert str(second / "a.h") in from_portable(moved)
