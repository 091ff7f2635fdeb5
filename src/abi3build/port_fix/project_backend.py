"""Run a project's own build backend in an environment with its build requirements.

abi3build itself is never installed from an index: a plain build does without it, and
any other build gets a copy of the running abi3build.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement

from abi3build.errors import UnreadableError, UsageError
from abi3build.sources.writable_copy import copy_writable
from abi3build.trials.environments import (
    environment_variables,
    find_tools,
    new_environment,
)
from abi3build.trials.processes import Processes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.environments import Environment
    from abi3build.trials.processes import Ended

__all__ = [
    "PreparedTool",
    "ProjectBackend",
    "copy_project",
    "prepare_backend",
    "prepare_tool",
    "run_backend",
]

_INSTALLING_SECONDS = 600.0
_BUILDING_SECONDS = 900.0
_OWN_NAME = "abi3build"
_NOT_COPIED = (".git", ".hg", ".tox", ".venv", "build", "dist", "__pycache__")

_BACKEND = """
import importlib, json, os, sys
sys.path[:0] = json.loads(sys.argv[3])
module, _, attribute = sys.argv[1].partition(":")
backend = importlib.import_module(module)
for name in filter(None, attribute.split(".")):
    backend = getattr(backend, name)
if sys.argv[2] == "requires":
    ask = getattr(backend, "get_requires_for_build_wheel", lambda settings: [])
    print("\\n" + json.dumps(list(ask({}))))
else:
    backend.build_wheel(sys.argv[2], {})
"""


@dataclass(frozen=True)
class ProjectBackend:
    """Describe a tree whose backend is installed, ready to build it."""

    tree: Path
    environ: Mapping[str, str]
    arguments: tuple[str, ...]
    """The command, up to what the backend is asked for."""

    folders: str
    """What ``backend-path`` adds, as JSON."""

    processes: Processes


def copy_project(project: Path, folder: Path) -> Path:
    """Return a copy of a project in a folder, without what builds and tools leave.

    Raise ``UnreadableError`` if that fails.
    """
    tree = folder / project.resolve().name
    try:
        copy_writable(project, tree, _NOT_COPIED)
    except OSError as fault:
        # copytree goes on after each fault, and has them in a list.
        many = isinstance(fault, shutil.Error)
        reason = fault.args[0][0][2] if many else str(fault)
        message = (
            f"{project}: cannot be copied to build it: {reason}: check permissions, and"
            " room in the temporary folder (TMPDIR)"
        )
        raise UnreadableError(message) from None
    return tree


def prepare_backend(
    tree: Path,
    scratch: Path,
    interpreter: Interpreter,
    processes: Processes | None = None,
    *,
    with_abi3build: bool = False,
) -> ProjectBackend:
    """Return the backend of the project in ``tree``, installed below ``scratch``.

    Raise ``UsageError`` if what it requires cannot be installed.
    """
    processes = Processes() if processes is None else processes
    requires, backend, folders = _build_system(tree, with_abi3build=with_abi3build)
    environment = new_environment(
        scratch / "environment",
        interpreter,
        find_tools(os.environ),
        os.environ,
        processes,
    )
    environ = dict(environment_variables(os.environ, environment))
    if not (tree / "PKG-INFO").is_file():
        # A copy has no history to take a version from.
        environ.setdefault("SETUPTOOLS_SCM_PRETEND_VERSION", "0.0")
    installing = _Installing(tree, environment, environ, processes)
    if with_abi3build:
        requires += _own_requires()
        _copy_abi3build(environment)
    installing.install(requires)
    arguments = (str(environment.python), "-c", _BACKEND, backend)
    asked = processes.run(
        [*arguments, "requires", folders],
        folder=tree,
        environ=environ,
        seconds=_BUILDING_SECONDS,
    )
    installing.install(_requirements(asked.output))
    return ProjectBackend(tree, environ, arguments, folders, processes)


@dataclass(frozen=True)
class PreparedTool:
    """Describe an environment in which a tool is installed."""

    tree: Path
    environment: Environment
    processes: Processes

    def run(self, arguments: Iterable[str]) -> str:
        """Run its Python in the tree; return the last words if that fails, or empty."""
        ended = self.processes.run(
            [str(self.environment.python), *arguments],
            folder=self.tree,
            environ=environment_variables(os.environ, self.environment),
            seconds=_BUILDING_SECONDS,
        )
        return ended.last_words if ended.status != 0 else ""


def prepare_tool(
    tree: Path, scratch: Path, requirement: str, interpreter: Interpreter
) -> PreparedTool:
    """Return an environment below ``scratch`` with a requirement, to run in ``tree``.

    Raise ``UsageError`` if it cannot be installed.
    """
    processes = Processes()
    environment = new_environment(
        scratch / "tool", interpreter, find_tools(os.environ), os.environ, processes
    )
    environ = environment_variables(os.environ, environment)
    _Installing(tree, environment, environ, processes).install([requirement])
    return PreparedTool(tree, environment, processes)


def run_backend(
    backend: ProjectBackend, wheels: Path, variables: Mapping[str, str]
) -> Ended:
    """Make a backend write a wheel to a folder, with more variables set."""
    return backend.processes.run(
        [*backend.arguments, str(wheels), backend.folders],
        folder=backend.tree,
        environ={**backend.environ, **variables},
        seconds=_BUILDING_SECONDS,
    )


def _build_system(tree: Path, *, with_abi3build: bool) -> tuple[list[str], str, str]:
    """Return requirements, backend and the folders of the backend as JSON."""
    file = tree / "pyproject.toml"
    table: dict[str, Any] = {}
    if file.is_file():
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            message = f"{file}: {fault}: correct the file"
            raise UsageError(message) from None
        table = document.get("build-system", {})
    requires = _without_own(table.get("requires", ["setuptools"]))
    backend = table.get("build-backend", "setuptools.build_meta:__legacy__")
    if backend == "abi3build.build_meta" and not with_abi3build:
        # The table changes nothing then: what is wanted is the plain build.
        backend = "setuptools.build_meta"
    folders = [str(tree / each) for each in table.get("backend-path", [])]
    return requires, backend, json.dumps(folders)


def _without_own(requires: Iterable[str]) -> list[str]:
    return [
        each
        for each in requires
        if not each.replace(" ", "").lower().startswith(_OWN_NAME)
    ]


@dataclass(frozen=True)
class _Installing:
    """Install into one environment."""

    tree: Path
    environment: Environment
    environ: Mapping[str, str]
    processes: Processes

    def install(self, requires: Sequence[str]) -> None:
        """Install requirements; raise ``UsageError`` if that fails."""
        if not requires:
            return
        ended = self.processes.run(
            [*map(str, self.environment.install), *requires],
            folder=self.tree,
            environ=self.environ,
            seconds=_INSTALLING_SECONDS,
        )
        if ended.status != 0:
            message = (
                f"{' '.join(requires)}: could not be installed for the build of"
                f" {self.tree.name}: {ended.last_words}"
            )
            raise UsageError(message)


def _requirements(output: str) -> list[str]:
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else []
    except ValueError:
        return []
    asked = map(str, found if isinstance(found, list) else [])
    return [each for each in _without_own(asked) if not each.startswith("wheel")]


def _own_requires() -> list[str]:
    """Return what abi3build requires without any extra, as requirements."""
    kept = []
    for text in distribution(_OWN_NAME).requires or ():
        try:
            marker = Requirement(text).marker
        except InvalidRequirement:
            continue
        if marker is None or "extra" not in str(marker):
            kept.append(text)
    return kept


def _copy_abi3build(environment: Environment) -> None:
    """Copy the running abi3build, with the metadata that its entry points are in."""
    own = distribution(_OWN_NAME)
    metadata = next(
        Path(str(own.locate_file(each))).parent
        for each in own.files or ()
        if each.name == "METADATA"
    )
    package = Path(__file__).parent.parent
    for place in environment.folder.glob("[Ll]ib*/**/site-packages"):
        for each in (package, metadata):
            shutil.copytree(
                each, place / each.name, ignore=shutil.ignore_patterns("__pycache__")
            )
        return
