"""The hook that setuptools calls: inert without the table, unavoidable with it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from setuptools import Distribution
from setuptools.command.build_ext import build_ext

from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.hook import finalize_distribution_options

if TYPE_CHECKING:
    from pathlib import Path

UNRELATED = '[project]\nname = "sample"\nversion = "1.0"\n'
TABLE = UNRELATED + '[tool.abi3build]\nmin-python = "3.9"\n'


class OwnBuildExt(build_ext):
    """Stand for a command class that a project or another plugin brings."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pyproject.toml"


def test_an_unrelated_project_keeps_its_commands(project: Path) -> None:
    project.write_text(UNRELATED, encoding="utf-8")
    distribution = Distribution()
    finalize_distribution_options(distribution)
    assert distribution.get_command_class("build_ext") is build_ext
    assert "get_command_class" not in vars(distribution)


def test_an_unrelated_project_loads_nothing_of_ours(project: Path) -> None:
    project.write_text(UNRELATED, encoding="utf-8")
    script = (
        "import sys, setuptools\n"
        "setuptools.Distribution()\n"
        "ours = sorted(name for name in sys.modules if name.startswith('abi3build.'))\n"
        "print(*ours)\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded == [
        "abi3build.config_settings",
        "abi3build.setuptools_plugin",
        "abi3build.setuptools_plugin.hook",
    ]


def test_a_class_that_comes_later_gets_the_mixin_too(project: Path) -> None:
    """If ``[tool.setuptools.cmdclass]`` or a plugin replaced ours, nothing is lost."""
    project.write_text(TABLE, encoding="utf-8")
    distribution = Distribution()
    distribution.cmdclass["build_ext"] = OwnBuildExt
    found = distribution.get_command_class("build_ext")
    assert issubclass(found, BuildExtMixin)
    assert issubclass(found, OwnBuildExt)
    assert found.__name__ == "OwnBuildExt"
    assert distribution.get_command_class("build_ext") is found


def test_a_class_of_distutils_alone_is_good_enough(project: Path) -> None:
    """What setuptools adds to it, such as its editable mode, is not there."""
    project.write_text(TABLE, encoding="utf-8")
    plain = type("Plain", (import_module("distutils.command.build_ext").build_ext,), {})
    distribution = Distribution()
    distribution.cmdclass["build_ext"] = plain
    command = distribution.get_command_obj("build_ext")
    command.ensure_finalized()
    assert isinstance(command, BuildExtMixin)
    assert not isinstance(command, build_ext)


OWN_EGG_INFO = """
from setuptools.command.egg_info import egg_info
class Own(egg_info):
    pass
given["cmdclass"] = {"egg_info": Own}
"""


@pytest.mark.parametrize(
    ("commands", "own", "loads"),
    [
        pytest.param(["egg_info"], "", False, id="egg_info"),
        pytest.param(["dist_info"], "", False, id="dist_info"),
        pytest.param(["egg_info", "build_py"], "", True, id="more than metadata"),
        # It may build something.
        pytest.param(["egg_info"], OWN_EGG_INFO, True, id="a class of the project"),
    ],
)
def test_what_builds_is_loaded_only_if_something_may_be_built(
    project: Path, commands: list[str], own: str, *, loads: bool
) -> None:
    project.write_text(TABLE, encoding="utf-8")
    (project.parent / "core.c").touch()
    script = (
        "import sys\n"
        "from setuptools import Extension, setup\n"
        "given = {'ext_modules': [Extension('core', ['core.c'])], 'py_modules': []}\n"
        f"{own}\n"
        f"setup(script_args={['--quiet', *commands]!r}, **given)\n"
        "print('abi3build.setuptools_plugin.build_ext' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == str(loads)


def test_a_locked_folder_for_wheels_is_warned_of_before_setuptools_fails_in_it(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text(TABLE, encoding="utf-8")
    (project.parent / "dist").mkdir()
    Distribution({"script_args": ["egg_info"]})
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("os.access", lambda path, _: path.name != "dist")
    Distribution({"script_args": ["egg_info"]})
    assert capsys.readouterr().err == (
        "abi3build: warning: dist: is not writable, so a build of a wheel into it will"
        " fail: name another folder, such as python -m build -o DIRECTORY, or change"
        " the permissions\n"
    )
    Distribution({"script_args": ["bdist_wheel"]})
    assert capsys.readouterr().err == ""


def test_a_fault_in_the_table_ends_with_its_line_and_status_2(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(TABLE.replace("3.9", "3.1"), encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        Distribution()
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        "abi3build: error: tool.abi3build.min-python: expected a Python version from"
        ' "3.2" to "3.15", got "3.1", did you mean "3.10"?\n'
    )


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        pytest.param(
            {"verify": "nonsense", "min-pyton": "3.9"},
            2,
            'abi3build: error: -C min-pyton: unknown key, did you mean "min-python"?\n'
            'abi3build: error: -C verify: expected "error", "warn", "strict" or "off",'
            ' got "nonsense"\n',
            id="faults",
        ),
        pytest.param({"abi3": "false", "of-another-tool": "x"}, 0, "", id="right"),
    ],
)
def test_settings_of_the_command_count_under_the_backend_of_setuptools(
    project: Path, settings: dict[str, str], status: int, said: str
) -> None:
    project.write_text(TABLE, encoding="utf-8")
    script = (
        "from setuptools import build_meta\n"
        f"build_meta.get_requires_for_build_wheel({settings!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (status, said)


def test_settings_of_the_command_are_for_projects_with_the_table_alone(
    project: Path,
) -> None:
    project.write_text(UNRELATED, encoding="utf-8")
    script = (
        "from setuptools import build_meta\n"
        "build_meta.get_requires_for_build_wheel({'verify': 'nonsense'})\n"
    )
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
