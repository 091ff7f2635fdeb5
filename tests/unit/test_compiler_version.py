"""Asking a compiler for its version leaves nothing in the project."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from abi3build.setuptools_plugin.compiler_version import version_of_compiler

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a script stands for zig")


@pytest.mark.parametrize("program", ["tools/zig", "{folder}/tools/zig"])
def test_what_zig_writes_beside_its_answer_is_not_left_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """Asked for a version, zig makes an empty a.o if the target is macOS."""
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "tools" / "zig"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\n: > a.o\necho "clang 1.0 $*"\n')
    script.chmod(0o755)
    words = [program.format(folder=tmp_path), "cc", "-O2"]
    said = version_of_compiler(SimpleNamespace(compiler_so=words))
    assert said == "clang 1.0 cc -O2 --version"
    assert [path.name for path in tmp_path.iterdir()] == ["tools"]
