"""A table under another name is found wherever abi3build looks for its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calling import run
from setuptools import Distribution

import abi3build
from abi3build import build_meta

if TYPE_CHECKING:
    from pathlib import Path

BUILD_SYSTEM = (
    '[build-system]\nrequires = ["setuptools", "abi3build>=0.1"]\n'
    'build-backend = "setuptools.build_meta"\n'
)
RIGHT = '[tool.abi3build]\nmin-python = "3.9"\n'
NOTHING = (
    "build-system requires abi3build, but there is no [tool.abi3build] table, so it"
    " does nothing: add the table with min-python, or run abi3build init"
)


def read_by_nothing(name: str) -> str:
    return f"[{name}] is not read by any tool: did you mean [tool.abi3build]?"


MISSPELT = [
    ("[tool.abi3-build]", "tool.abi3-build"),
    ("[tool.Abi3Build]", "tool.Abi3Build"),
    ("[[tool.abi3_build.allow]]", "tool.abi3_build"),
    ("[abi3build]", "abi3build"),
    ("[tools.abi3build]", "tools.abi3build"),
    ('["tool.abi3build"]', '"tool.abi3build"'),
    ("[tool.setuptools.abi3build]", "tool.setuptools.abi3build"),
]
MISSPELT_MORE = [
    ("[tool.abi3buid]", "tool.abi3buid"),
    ("[tool.abibuild]", "tool.abibuild"),
]


@pytest.mark.parametrize("others", [BUILD_SYSTEM, BUILD_SYSTEM + RIGHT])
@pytest.mark.parametrize("table", [*MISSPELT, *MISSPELT_MORE])
def test_check_and_build_name_a_table_that_is_read_by_nothing(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    table: tuple[str, str],
    others: str,
) -> None:
    path, (line, name) = tmp_path / "pyproject.toml", table
    path.write_text(f'{others}{line}\nmin-python = "3.9"\n', encoding="utf-8")
    expected = read_by_nothing(name)
    assert run(capsys, "check", tmp_path) == (
        2,
        "",
        f"abi3build: error: {path}: {expected}\n",
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        Distribution()
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"abi3build: error: {expected}\n"


@pytest.mark.parametrize("section", ["abi3build", "tool.abi3build", "tool:abi3-build"])
def test_a_table_in_setup_cfg_is_sent_to_pyproject(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, section: str
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(BUILD_SYSTEM, encoding="utf-8")
    (tmp_path / "setup.cfg").write_text(f"[metadata]\n[{section}]\n", encoding="utf-8")
    assert run(capsys, "check", path) == (
        2,
        "",
        (
            f"abi3build: error: {path}: [{section}] of setup.cfg is not read by any"
            " tool: move it to pyproject.toml as [tool.abi3build]\n"
        ),
    )


@pytest.mark.parametrize("backend", ["abi3build", "abi3build.build_meta"])
def test_a_backend_without_a_table_is_warned_of(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    backend: str,
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f'[build-system]\nbuild-backend = "{backend}"\n', encoding="utf-8")
    assert run(capsys, "check", path) == (
        0,
        "",
        f"abi3build: warning: {path}: {NOTHING}\n",
    )
    monkeypatch.chdir(tmp_path)
    Distribution({"script_args": ["bdist_wheel"]})
    assert capsys.readouterr().err == f"abi3build: warning: {NOTHING}\n"
    Distribution({"script_args": ["dist_info"]})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "text",
    [
        "[tool.abi3audit]\n",
        "[tool.abi3info]\n",
        "[tool.cibuildwheel]\nbuild-frontend = 'build'\n",
        '[build-system]\nrequires = ["abi3audit", "!"]\n',
        "build-system = 1\n",
    ],
)
def test_what_only_looks_alike_is_no_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert run(capsys, "check", tmp_path) == (0, "", "")


def test_a_project_that_only_shares_the_environment_is_warned_and_built(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.abi3-build]\n", encoding="utf-8")
    Distribution()
    expected = read_by_nothing("tool.abi3-build")
    assert capsys.readouterr().err == f"abi3build: warning: {expected}\n"
    path.write_text("[tool.abi3buid]\n", encoding="utf-8")
    Distribution()
    assert capsys.readouterr().err == ""


def test_show_names_the_table_that_it_does_not_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.abi3-build]\n", encoding="utf-8")
    expected = read_by_nothing("tool.abi3-build")
    assert run(capsys, "show", tmp_path)[2] == (
        f"abi3build: error: {path}: {expected}\n"
    )


def test_the_package_itself_is_a_backend_too() -> None:
    hooks = {name: getattr(abi3build, name) for name in build_meta.__all__}
    assert hooks == {name: getattr(build_meta, name) for name in build_meta.__all__}
    with pytest.raises(AttributeError, match="has no attribute 'build_hope'"):
        getattr(abi3build, "build_hope")  # noqa: B009 - mypy knows no such name


UNREAD = (
    "isolated builds do not read [tool.abi3build], and make a wheel for one Python: add"
    ' "abi3build" to requires of [build-system], or run abi3build init'
)


@pytest.mark.parametrize(
    ("build_system", "setup_cfg", "is_told"),
    [
        ("", "", True),
        ('[build-system]\nrequires = ["setuptools"]\n', "", True),
        ('[build-system]\nrequires = ["setuptools", "abi3build"]\n', "", False),
        ('[build-system]\nrequires = []\nbackend-path = ["."]\n', "", False),
        ("", "[options]\nsetup_requires = abi3build\n", False),
    ],
)
def test_check_tells_of_a_table_that_no_isolated_build_reads(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    build_system: str,
    setup_cfg: str,
    is_told: bool,  # noqa: FBT001 - a row of the table
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(build_system + RIGHT, encoding="utf-8")
    (tmp_path / "setup.cfg").write_text(setup_cfg, encoding="utf-8")
    told = (2, "", f"abi3build: error: {path}: {UNREAD}\n")
    assert run(capsys, "check", path) == (told if is_told else (0, "", ""))


def test_check_warns_of_a_byte_order_mark_that_pip_does_not_take(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(BUILD_SYSTEM + RIGHT, encoding="utf-8-sig")
    assert run(capsys, "check", path) == (
        0,
        "",
        f"abi3build: warning: {path}: begins with a byte order mark, which pip and"
        " build do not accept: save it as UTF-8 without one\n",
    )
