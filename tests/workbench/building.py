"""Build sample projects against this checkout of abi3build and import the results."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from workbench.build_servers import (
    build_by_backend,
    config_settings,
    run_setup,
)
from workbench.importing import unpack
from workbench.kits import (
    ROOT,
    bare_venv,
    find_uv,
    install,
    kit_for,
    uv_source,
    wheel_source,
)
from workbench.pythons import running_python
from workbench.running import Run, clean_environment, run, run_or_raise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.kits import Kit
    from workbench.pythons import FoundPython

__all__ = [
    "QUICKLY",
    "WITHOUT_ISOLATION",
    "Build",
    "Environment",
    "Workbench",
    "copy_checkout",
    "copy_project",
    "open_workbench",
]

WITHOUT_ISOLATION = ("--no-isolation", "--skip-dependency-check")
"""The options of ``build`` that use the environment as it is.

Asking a project what it needs is a third of the time of a small build, and isolated
ones do so."""

QUICKLY = {"CFLAGS": "-O0", "CXXFLAGS": "-O0"}
"""Cython's output takes a compiler half a minute to optimize."""


_TO_WHEEL = ("--quiet", "bdist_wheel")
_LEFT_BEHIND = shutil.ignore_patterns(
    ".*", "*.egg-info", "*.pyd", "*.so", "__pycache__", "build", "dist"
)


@dataclass(frozen=True)
class Build(Run):
    """Hold what a build said and which wheels there are in ``dist``."""

    wheels: tuple[Path, ...]

    @property
    def wheel(self) -> Path:
        """Return the only wheel; fail with the build's output if there is not one."""
        if self.returncode or len(self.wheels) != 1:
            found = [wheel.name for wheel in self.wheels]
            message = f"exit status {self.returncode}, wheels {found}\n"
            raise AssertionError(message + self.stdout + self.stderr)
        return self.wheels[0]


@dataclass(frozen=True)
class Environment:
    """Be a virtual environment, into which is installed from the kit's wheels."""

    python: Path
    _pip: tuple[str | Path, ...]
    _variables: Mapping[str, str]

    def install(self, *arguments: str | Path, quickly: bool = True) -> Run:
        """Install, with uv and the kit's tools if it may be quick, else with pip alone.

        Without uv, pip does both.
        """
        uv = find_uv() if quickly else None
        command: tuple[str | Path, ...] = (*self._pip, "install")
        if uv is not None:
            options = (f"--python={self.python}", "--reinstall", "--no-build-isolation")
            command = (uv, "pip", "install", *options)
        return run([*command, *arguments], env=clean_environment(self._variables))

    def run(self, *arguments: str | Path, folder: Path | None = None) -> Run:
        """Run the environment's interpreter."""
        return run([self.python, *arguments], folder)


@dataclass(frozen=True)
class Workbench:
    """Build and import with any interpreter found.

    It needs two folders: one for kits, kept between runs, and one for abi3build's own
    wheel, which is built once for each workbench.
    """

    cache: Path
    own: Path
    """Where abi3build's wheel is in ``wheels`` and its contents in ``unpacked``."""

    def build(
        self,
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        isolated: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        """Run ``python -m build --wheel`` on a project, by default with this Python.

        Building in isolation is what users do.  The other way saves the seconds for
        the environment: all tools are in the kit's, and the unpacked wheel of abi3build
        is found through ``PYTHONPATH``.  If there are no options but ``-C``, the
        project's backend is then called in a fork instead, which halves the time.
        """
        kit = kit_for(python or running_python(), self.cache)
        settings = config_settings(arguments)
        if isolated:
            uv = find_uv()
            variables = self.sources(kit)
            options = []
            if uv is not None:
                options = ["--installer=uv"]
                variables["PATH"] = f"{os.environ['PATH']}{os.pathsep}{Path(uv).parent}"
        else:
            variables = self.variables()
            options = [*WITHOUT_ISOLATION]
        environ = clean_environment({**variables, **(env or {})})
        if not isolated and settings is not None and _can_fork(env):
            done = build_by_backend(kit.python, project, environ, settings)
        else:
            words = ["-m", "build", "--wheel", *options, *arguments]
            done = run([kit.python, *words, project], project, environ)
        return _built(project, done)

    def sources(self, kit: Kit) -> dict[str, str]:
        """Return what lets pip and uv install a kit's wheels and abi3build, alone."""
        folders = kit.wheels, self.own / "wheels"
        settings = self.own / f"{kit.folder.name}.toml"
        return {**wheel_source(*folders), **uv_source(settings, *folders)}

    def build_each(
        self,
        projects: Sequence[Path],
        *,
        python: FoundPython | None = None,
        env: Mapping[str, str] | None = None,
    ) -> list[Build]:
        """Run ``setup.py bdist_wheel`` of each project, in a fork if it can be."""
        if not _can_fork(env):
            return [
                self.build(project, python=python, isolated=False, env=env)
                for project in projects
            ]
        kit = kit_for(python or running_python(), self.cache)
        environ = clean_environment(self.variables(env))
        return [
            _built(project, run_setup(kit.python, project, environ, *_TO_WHEEL))
            for project in projects
        ]

    def call_backend(
        self,
        hook: str,
        project: Path,
        settings: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        """Call a hook such as ``build_sdist`` as front ends do, in a fork."""
        kit = kit_for(running_python(), self.cache)
        environ = clean_environment(self.variables(env))
        done = build_by_backend(kit.python, project, environ, settings or {}, hook)
        return _built(project, done)

    def run_setup(
        self, project: Path, *words: str, env: Mapping[str, str] | None = None
    ) -> Run:
        """Run commands of a project's ``setup.py`` in a fork."""
        kit = kit_for(running_python(), self.cache)
        return run_setup(
            kit.python, project, clean_environment(self.variables(env)), *words
        )

    def run(
        self, project: Path, *arguments: str, env: Mapping[str, str] | None = None
    ) -> Run:
        """Run this Python in a project's folder, with the kit and abi3build."""
        kit = kit_for(running_python(), self.cache)
        variables = clean_environment(self.variables(env))
        return run([kit.python, *arguments], project, variables)

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what lets a Python of a kit find abi3build; extra is laid on top."""
        return {"PYTHONPATH": str(self.own / "unpacked"), **(extra or {})}

    def environment(self, python: FoundPython, folder: Path) -> Environment:
        """Make a fresh virtual environment in a folder, which finds the kit's tools.

        They have their bytecode already.
        """
        kit = kit_for(python, self.cache)
        interpreter = bare_venv(python, folder)
        (own,), (tools,) = (
            place.rglob("site-packages") for place in (folder, kit.folder / "venv")
        )
        lines = f"{tools}\n{self.own / 'unpacked'}\n"
        (own / "kit.pth").write_text(lines, encoding="utf-8")
        return Environment(
            interpreter,
            (kit.python, "-m", "pip", "--python", interpreter),
            {**self.sources(kit), **QUICKLY},
        )

    def newcomer(self, python: FoundPython, folder: Path) -> dict[str, str]:
        """Return the variables of someone who begins: an environment with pip alone.

        It comes first on ``PATH``, and all that pip can install are the kit's wheels
        and abi3build's own.
        """
        kit = kit_for(python, self.cache)
        install(kit, bare_venv(python, folder), [kit.pip], "--no-index")
        return clean_environment(
            {
                **wheel_source(kit.wheels, self.own / "wheels"),
                **QUICKLY,
                "LC_ALL": "C.UTF-8",
                "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONUNBUFFERED": "1",
            }
        )


def open_workbench(cache: Path, own: Path) -> Workbench:
    """Make a workbench; build abi3build's wheel from a copy of the checkout, once."""
    own.mkdir(parents=True, exist_ok=True)
    with FileLock(own / ".lock"):
        if not (own / "unpacked").exists():
            kit = kit_for(running_python(), cache)
            source = copy_project(ROOT, own / "source")
            options = ["--wheel", *WITHOUT_ISOLATION, f"--outdir={own / 'wheels'}"]
            run_or_raise([kit.python, "-m", "build", *options, source], source)
            wheel = next((own / "wheels").glob("*.whl"))
            unpack(wheel, own / "unpacking").rename(own / "unpacked")
    return Workbench(cache, own)


def _can_fork(env: Mapping[str, str] | None) -> bool:
    """Tell whether variables do not count only for a Python that starts."""
    return os.name != "nt" and not any(name.startswith("PYTHON") for name in env or ())


def _built(project: Path, done: Run) -> Build:
    wheels = tuple(sorted(project.glob("dist/*.whl")))
    return Build(done.returncode, done.stdout, done.stderr, wheels)


def copy_checkout(folder: Path, *names: str) -> Path:
    """Copy what a build of abi3build itself reads, and files of the root by name."""
    left = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT / "src", folder / "src", ignore=left)
    built_from = ("docs/abi3build.1", "tools/reproducible_backend.py")
    for name in (*built_from, "pyproject.toml", "README.md", "LICENSE", *names):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def copy_project(project: Path, folder: Path) -> Path:
    """Copy a project without what builds leave behind."""
    return Path(shutil.copytree(project, folder, ignore=_LEFT_BEHIND))
