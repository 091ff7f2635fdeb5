"""The requirements of a build are those that setuptools finds by running setup.py."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from setuptools import build_meta as of_setuptools

from abi3build import build_meta
from abi3build.setuptools_plugin import setup_requirements
from abi3build.setuptools_plugin.setup_requirements import may_ask_for_more

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROJECT = '[project]\nname = "some"\nversion = "1"\n'
HOOKS = tuple(
    f"get_requires_for_build_{what}" for what in ("wheel", "sdist", "editable")
)

HARMLESS = {
    "plain": "from setuptools import setup\nsetup()\n",
    "by its module": "import setuptools\nsetuptools.setup(py_modules=[])\n",
    "extensions": """\
import os.path, platform, sys
from glob import glob
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class Own(build_ext):
    def build_extensions(self):
        super().build_extensions()

options = {"extra_compile_args": ["-O2"]}
if getattr(sys, "pypy_version_info", None) or os.environ.get("NO_EXTENSIONS"):
    options = {}
if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    setup(ext_modules=[Extension("a", ["a.c"], **options)], cmdclass={"build_ext": Own})
""",
}
ASKING = {
    "by keyword": "from setuptools import setup\nsetup(setup_requires=['six'])\n",
    "in a dictionary": (
        "from setuptools import setup\nsetup(**{'setup_' + 'requires': ['six']})\n"
    ),
    "under another name": (
        "from setuptools import setup as begin\nbegin(**dict(setup_requires=['six']))\n"
    ),
    "through a variable": (
        "import setuptools\nbegin = setuptools.setup\nwanted = {'setup_' + 'requires':"
        " ['six']}\nbegin(**wanted)\n"
    ),
    "by a partial": (
        "import functools, setuptools\nwanted = {'setup_' + 'requires': ['six']}\n"
        "functools.partial(setuptools.setup, **wanted)()\n"
    ),
    "by fetching": (
        "import distutils.core, setuptools\n"
        "distutils.core.Distribution().fetch_build_eggs(['six'])\n"
    ),
    "by a name put together": (
        "import distutils.core, setuptools\n"
        "getattr(distutils.core.Distribution(), 'fetch_' + 'build_eggs')(['six'])\n"
    ),
    "in a helper": (
        "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\n"
        "from helper import begin\nbegin()\n"
    ),
    "in a file that is executed": (
        "from pathlib import Path\nexec(Path('helper.py').read_text())\nbegin()\n"
    ),
    "in a module with a known name": (
        "import os, sys\nsys.path.insert(0, os.getcwd())\nimport pkgconfig\n"
    ),
    "in a configuration that it writes": (
        "from setuptools import setup\n"
        "with open('setup.cfg', 'w') as f:\n    f.write('[options]\\nsetup_')\n"
        "    f.write('requires = six')\nsetup()\n"
    ),
    "in a configuration elsewhere": (
        "import os\nfrom setuptools import setup\nos.chdir('other')\nsetup()\n"
    ),
}
HELPER = "from setuptools import setup\ndef begin(): setup(setup_requires=['six'])\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project the current one, in an environment without other plugins."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["hook"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(setup_requirements, "distributions", list)
    return tmp_path


def _answers(backend: object) -> list[list[str]]:
    found = []
    for name in HOOKS:
        hook: Callable[[], list[str]] = getattr(backend, name)
        found.append(hook())
    return found


def _has_run(project: Path) -> bool:
    return any(project.glob("**/*.egg-info"))


@pytest.mark.parametrize("script", [None, *HARMLESS.values()], ids=["none", *HARMLESS])
def test_what_cannot_ask_is_not_run_and_the_answer_is_the_same(
    project: Path, script: str | None
) -> None:
    if script is not None:
        (project / "setup.py").write_text(script)
    (project / "setup.cfg").write_text("[build_ext]\nparallel = 2\n")
    ours = _answers(build_meta)
    assert not _has_run(project)
    assert ours == _answers(of_setuptools) == [[], [], []]
    assert _has_run(project)


@pytest.mark.parametrize("script", ASKING.values(), ids=ASKING)
def test_what_asks_is_found_by_running_it(
    project: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "helper.py").write_text(HELPER)
    (project / "pkgconfig.py").write_text(f"{HELPER}begin()\n")
    (project / "other").mkdir()
    (project / "other" / "setup.cfg").write_text("[options]\nsetup_requires = six\n")
    (project / "setup.py").write_text(script)
    for name in ("helper", "pkgconfig"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert build_meta.get_requires_for_build_wheel() == ["six"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.cfg", "[options]\nsetup_requires = six\n"),
        ("extra.cfg", "[options]\nsetup_requires = six\n"),
    ],
)
def test_configurations_are_asked(
    project: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / name).write_text(text)
    monkeypatch.setenv("DIST_EXTRA_CONFIG", "" if name == "setup.cfg" else name)
    assert _answers(build_meta) == _answers(of_setuptools) == [["six"]] * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "def broken(:\n"),
        ("setup.py", "from .helper import setup\nsetup()\n"),
        ("setup.py", "import cffi\nfrom setuptools import setup\nsetup()\n"),
        ("setup.py", "import setuptools.sandbox\nsetuptools.setup()\n"),
        ("setup.py", "import sys\nsys.modules['setuptools'].setup(x=1)\n"),
        ("setup.py", "import setuptools\nsetuptools.__dict__['set' + 'up'](x=1)\n"),
        ("setup.py", "from setuptools import setup\nsetup(cffi_modules=['a.py:b'])\n"),
        (
            "pyproject.toml",
            f'{PROJECT}[tool.setuptools.cmdclass]\nbuild_ext = "own.Own"\n',
        ),
        (
            "pyproject.toml",
            '[project]\nname = "some"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = {attr = "some.version"}\n',
        ),
    ],
)
def test_what_the_text_does_not_show_counts_as_asking(
    project: Path, name: str, text: str
) -> None:
    (project / name).write_text(text)
    assert may_ask_for_more(project, {})


@pytest.mark.parametrize(
    ("name", "points", "may"),
    [
        ("Setuptools_SCM", "[distutils.setup_keywords]\nuse = a:b\n", False),
        ("pbr", "[distutils.setup_keywords]\npbr = pbr.core:pbr\n", True),
        ("other", "[distutils.commands]\negg_info = other:Own\n", True),
        ("other", "[distutils.commands]\na = o:A\nbuild_ext = o:Own\n", True),
        ("other", "[distutils.commands]\na = o:A\n[pipx.run]\nbuild = b:c\n", False),
    ],
)
def test_plugins_that_are_not_known_count_as_asking(
    project: Path,
    name: str,
    points: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    may: bool,
) -> None:
    texts = {"entry_points.txt": points}
    plugin = SimpleNamespace(read_text=texts.get, metadata={"Name": name})
    monkeypatch.setattr(setup_requirements, "distributions", lambda: [plugin])
    assert may_ask_for_more(project, {}) is may


def test_an_older_setuptools_is_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for wheel, whatever the project says."""
    assert not may_ask_for_more(project, {})
    monkeypatch.setattr(setup_requirements, "version", lambda _: "70.0.0")
    assert may_ask_for_more(project, {})
