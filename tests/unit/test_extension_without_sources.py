"""An extension of nothing: refused, unless the project builds it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

if TYPE_CHECKING:
    from pathlib import Path

TABLE = (
    '[project]\nname = "demo"\nversion = "1"\n[tool.abi3build]\nmin-python = "3.9"\n'
)


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")


@pytest.mark.usefixtures("_project")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_empty_pattern_is_told_as_what_it_is(
    jobs: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ABI3BUILD_PARALLEL", jobs)
    sources = [str(path) for path in tmp_path.glob("src/*.c")]
    extension = Extension("demo._core", sources)
    with pytest.raises(SystemExit) as ended:
        Distribution({"ext_modules": [extension]}).run_command("build_ext")
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[1:] == [
        "abi3build: error: extension demo._core has no sources (ABI605): list them, and"
        ' check each pattern, such as glob.glob("src/*.c"), which is relative to the'
        " project's folder and finds nothing if it is wrong"
    ]
    assert not list(tmp_path.rglob("_core*"))


@pytest.mark.usefixtures("_project")
def test_a_project_that_builds_by_itself_needs_no_sources(tmp_path: Path) -> None:
    class ByAnotherTool(build_ext):
        def build_extension(self, ext: Extension) -> None:
            (tmp_path / ext.name).touch()

    extension = Extension("demo", [])
    given = {"ext_modules": [extension], "cmdclass": {"build_ext": ByAnotherTool}}
    Distribution(given).run_command("build_ext")
    assert (tmp_path / "demo").exists()
