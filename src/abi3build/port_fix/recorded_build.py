"""Run a project's own build with a compiler that only writes down what it is asked.

The build runs in an environment with what the project requires to be built, which stays
as long as its headers are needed.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.errors import UsageError
from abi3build.port_fix import recording_compiler
from abi3build.targets.interpreters import ask_interpreter
from abi3build.trials.environments import (
    environment_at,
    environment_variables,
    find_tools,
    ways,
)
from abi3build.trials.processes import Processes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.trials.environments import Environment

__all__ = ["RecordedUnit", "record_build"]

_INSTALLING_SECONDS = 600.0
_BUILDING_SECONDS = 900.0

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
class RecordedUnit:
    """Hold one compile of a build."""

    source: Path
    folder: Path
    compiler: str
    options: tuple[str, ...]
    """What decides about the meaning of the source: macros, folders, the standard."""


def record_build(tree: Path, scratch: Path) -> tuple[RecordedUnit, ...]:
    """Return what a build of the project in ``tree`` compiles, each source once.

    ``tree`` is written to, so it is a copy; ``scratch`` is for the environment.  Raise
    ``UsageError`` with the build's own last words if it fails before any compile.
    """
    requires, backend, paths = _build_system(tree)
    environment = _environment(scratch)
    environ = environment_variables(os.environ, environment)
    _install(environment, environ, tree, requires)
    arguments = [str(environment.python), "-c", _BACKEND, backend]
    asked = Processes().run(
        [*arguments, "requires", paths],
        folder=tree,
        environ=environ,
        seconds=_BUILDING_SECONDS,
    )
    more = _requirements(asked.output)
    if more:
        _install(environment, environ, tree, more)
    notes = scratch / "notes"
    wheels = scratch / "wheels"
    wheels.mkdir()
    ended = Processes().run(
        [*arguments, str(wheels), paths],
        folder=tree,
        environ={**environ, **_recorders(tree, notes)},
        seconds=_BUILDING_SECONDS,
    )
    units = _read_notes(notes)
    if not units and ended.status != 0:
        words = ended.output.strip().splitlines()
        message = (
            f"{tree.name}: its build failed before compiling anything:"
            f" {words[-1] if words else 'no output'}: build it by hand first"
        )
        raise UsageError(message)
    if not units:
        message = (
            f"{tree.name}: its build does not compile anything: name the folder with"
            " the setup.py or pyproject.toml of the extension"
        )
        raise UsageError(message)
    return units


def _build_system(tree: Path) -> tuple[list[str], str, str]:
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
    requires = [
        each
        for each in table.get("requires", ["setuptools"])
        if not each.replace(" ", "").lower().startswith("abi3build")
    ]
    backend = table.get("build-backend", "setuptools.build_meta:__legacy__")
    if backend == "abi3build.build_meta":
        # The table changes nothing then: what is wanted is the plain build.
        backend = "setuptools.build_meta"
    folders = [str(tree / each) for each in table.get("backend-path", [])]
    return requires, backend, json.dumps(folders)


def _environment(scratch: Path) -> Environment:
    interpreter = ask_interpreter(Path(sys.executable))
    if interpreter is None:
        message = f"{sys.executable}: does not respond: use another Python"
        raise UsageError(message)
    tools = find_tools(os.environ)
    fault = "neither uv nor pip"
    for number, way in enumerate(ways(tools, interpreter)):
        environment = environment_at(
            scratch / f"environment{number}", interpreter, way, tools
        )
        ended = Processes().run(
            [str(each) for each in environment.create],
            folder=scratch,
            environ=dict(os.environ),
            seconds=_INSTALLING_SECONDS,
        )
        if ended.status == 0:
            return environment
        fault = ended.output.strip()
    message = f"no build environment could be created: {fault}: install uv or pip"
    raise UsageError(message)


def _install(
    environment: Environment,
    environ: dict[str, str],
    tree: Path,
    requires: Sequence[str],
) -> None:
    if not requires:
        return
    ended = Processes().run(
        [*map(str, environment.install), *requires],
        folder=tree,
        environ=environ,
        seconds=_INSTALLING_SECONDS,
    )
    if ended.status != 0:
        words = ended.output.strip().splitlines()
        message = (
            f"{' '.join(requires)}: could not be installed for the build of"
            f" {tree.name}: {words[-1] if words else 'no output'}"
        )
        raise UsageError(message)


def _requirements(output: str) -> list[str]:
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else []
    except ValueError:
        return []
    return [
        each
        for each in (found if isinstance(found, list) else [])
        if not str(each).lower().startswith(("abi3build", "wheel"))
    ]


def _recorders(tree: Path, notes: Path) -> dict[str, str]:
    script = recording_compiler.__file__
    compilers = {
        "CC": os.environ.get("CC") or "cc",
        "CXX": os.environ.get("CXX") or "c++",
    }
    return {
        "ABI3BUILD_NOTES": str(notes),
        "ABI3BUILD_TREE": str(tree),
        **{
            name: shlex.join([sys.executable, "-I", "-S", script, *shlex.split(each)])
            for name, each in compilers.items()
            if shutil.which(shlex.split(each)[0])
        },
    }


def _read_notes(notes: Path) -> tuple[RecordedUnit, ...]:
    if not notes.is_file():
        return ()
    units: dict[Path, RecordedUnit] = {}
    for line in notes.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        folder = Path(note["folder"])
        source = Path(os.path.normpath(folder / note["source"]))
        unit = RecordedUnit(
            source, folder, note["compiler"], _options(note["arguments"])
        )
        units.setdefault(source, unit)
    return tuple(units[each] for each in sorted(units))


_WITH_VALUE = (
    "-I",
    "-D",
    "-U",
    "-include",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-isysroot",
    "-x",
)
_ALONE = ("-std", "-f", "-m", "-pthread")
_NOT_WANTED = (
    "-flto",
    "-fmax-errors",
    "-fdiagnostics",
    "-DPy_LIMITED_API",
    "-DABI3BUILD",
)


def _options(arguments: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    rest = iter(arguments)
    for each in rest:
        if each in _WITH_VALUE:
            kept += [each, next(rest, "")]
        elif each.startswith(_NOT_WANTED):
            continue
        elif each.startswith((*_WITH_VALUE, *_ALONE)):
            kept.append(each)
    return tuple(kept)
