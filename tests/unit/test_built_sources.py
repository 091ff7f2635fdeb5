"""What a build writes is not changed, and the reason names what it is made from."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from abi3build.port_fix.built_sources import why_built

if TYPE_CHECKING:
    from pathlib import Path

FROM = (
    "it is generated from src/a.template, as its #line directives say, and would be"
    " generated again: make the changes in src/a.template"
)
WRITTEN = (
    "the build writes it, so a change in it would be lost: change what it is made from"
)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("int a;\n", "int a;\n", ""),
        ("int a;\n", "int b;\n", WRITTEN),
        (None, "int a;\n", WRITTEN),
        (None, '#line 3 "a.template"\nint a;\n', FROM),
        ('# 3 "src/a.template" 2\n', '# 3 "src/a.template" 2\n', FROM),
        ('#line 1 "{tree}/src/a.template"\n',) * 2 + (FROM,),
        ('#line 1 "a.c"\n', '#line 1 "a.c"\n', ""),
        ('#line 1 "gone.y"\n', '#line 1 "gone.y"\n', ""),
        ('#line 1 "/etc/passwd"\n', '#line 1 "/etc/passwd"\n', ""),
    ],
)
def test_why_a_file_stays(
    tmp_path: Path, before: str | None, after: str, reason: str
) -> None:
    project, tree = tmp_path / "project", tmp_path / "tree"
    (project / "src").mkdir(parents=True)
    (project / "src" / "a.template").write_text("int a;\n", "utf-8")
    if before is not None:
        (project / "src" / "a.c").write_text(before.format(tree=tree), "utf-8")
    shutil.copytree(project, tree)
    copy = tree / "src" / "a.c"
    if before != after:
        copy.write_text(after.format(tree=tree), "utf-8")
    assert why_built(project, tree, "src/a.c") == reason


def test_a_file_that_is_written_again_as_it_was(tmp_path: Path) -> None:
    project, tree = tmp_path / "project", tmp_path / "tree"
    project.mkdir()
    (project / "a.c").write_text("int a;\n", "utf-8")
    shutil.copytree(project, tree)
    time = (tree / "a.c").stat().st_mtime + 20
    os.utime(tree / "a.c", (time, time))
    assert why_built(project, tree, "a.c") == WRITTEN
