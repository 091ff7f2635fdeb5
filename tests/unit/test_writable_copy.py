"""A copy of a project that its build may write into, and nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.sources.writable_copy import copy_writable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_and_modes_of_a_copy(tmp_path: Path) -> None:
    (tmp_path / "shared.c").write_text("shared")
    (tmp_path / "shared.c").chmod(0o444)
    project = tmp_path / "project"
    (project / "source").mkdir(parents=True)
    (project / "source" / "own.c").write_text("own")
    (project / "source" / "away.c").symlink_to(tmp_path / "shared.c")
    (project / "source" / "relative.c").symlink_to("../../shared.c")
    (project / "here.c").symlink_to(project / "source" / "own.c")
    (project / "folder").symlink_to("source")
    (project / "broken.c").symlink_to("nowhere")
    (project / "left.out").touch()
    (project / "source" / "own.c").chmod(0o444)
    (project / "source").chmod(0o555)

    copy = tmp_path / "copy"
    copy_writable(project, copy, ("left.*",))
    assert sorted(each.name for each in copy.iterdir()) == [
        "broken.c",
        "folder",
        "here.c",
        "source",
    ]
    for path in (copy, copy / "source"):
        assert path.stat().st_mode & 0o200
    texts = {
        "here.c": "own",
        "folder/own.c": "own",
        "source/away.c": "shared",
        "source/relative.c": "shared",
    }
    assert {name: (copy / name).read_text() for name in texts} == texts
    for name in texts:
        assert (copy / name).stat().st_mode & 0o200
        (copy / name).write_text("changed")
    assert (tmp_path / "shared.c").read_text() == "shared"
    assert (project / "source" / "own.c").read_text() == "own"
    (project / "source").chmod(0o755)
