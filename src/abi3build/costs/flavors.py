"""Build a project twice with one Python, and install each wheel separately.

One wheel is for the stable ABI at a floor, the other for this Python only: the same
source without the limit, as ``abi3 = false`` builds it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UnreadableError, UsageError
from abi3build.trials.command_program import without_environments
from abi3build.trials.environments import environment_variables, new_environment
from abi3build.trials.running import put_installed_first
from abi3build.trials.wheel_trials import modules_to_import, outermost_modules
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.environments import Environment, Tools
    from abi3build.trials.processes import Processes
    from abi3build.versions import PythonVersion

__all__ = ["Flavor", "Surroundings", "build_flavor"]

_BUILD_SECONDS = 3600.0
_INSTALL_SECONDS = 1800.0


@dataclass(frozen=True)
class Surroundings:
    """Describe what is the same for all builds of one project."""

    project: Path
    folder: Path
    """A throw-away folder for environments and wheels."""

    environ: Mapping[str, str]
    tools: Tools
    processes: Processes
    requires: tuple[str, ...] = ()
    """What is installed beside the project for the command that is timed."""


@dataclass(frozen=True)
class Flavor:
    """Describe one wheel in a separate environment."""

    wheel: Path
    environment: Environment
    environ: Mapping[str, str]
    symbols: frozenset[str]
    """The symbols that its images take from CPython."""

    modules: tuple[str, ...]
    """The dotted names of its extension modules."""

    @property
    def size(self) -> int:
        """Return the size of the wheel in bytes."""
        return self.wheel.stat().st_size


class _FailedError(Exception):
    """Say why a step did not work, in one line."""


def build_flavor(
    around: Surroundings, interpreter: Interpreter, floor: PythonVersion | None
) -> Flavor | str:
    """Build a wheel for a floor, or for this Python alone, and install it.

    Return the reason in one line if any step fails.
    """
    # Alike in length, as that of paths and variables can make a program slower.
    place = Path(tempfile.mkdtemp(prefix="flavor-", dir=around.folder))
    try:
        wheel = _build(around, interpreter, place, floor)
        environment = _environment(around, interpreter, place / "run")
        _install(around, environment, [str(wheel), *around.requires])
        words, files = read_wheel(wheel)
    except (_FailedError, UnreadableError, UsageError) as fault:
        return str(fault)
    # pytest puts the project's folder first on the path, and its sources may lie there.
    put_installed_first(environment, outermost_modules(words.members))
    environ = environment_variables(around.environ, environment)
    environ["PATH"] = without_environments(environ["PATH"], environment.scripts)
    symbols = frozenset(
        each.symbol for file in files for image in file.images for each in image.imports
    )
    modules = modules_to_import(words, files)
    return Flavor(wheel, environment, environ, symbols, modules)


def _build(
    around: Surroundings,
    interpreter: Interpreter,
    place: Path,
    floor: PythonVersion | None,
) -> Path:
    environment = _environment(around, interpreter, place / "build")
    # Without a pip beside it, build lets ensurepip install one for each wheel, which
    # takes longer than the build: https://github.com/pypa/build/blob/1.4.2/src/build/env.py
    _install(around, environment, ["build", "pip"])
    environ = dict(environment_variables(around.environ, environment))
    if floor is None:
        environ["ABI3BUILD_ABI3"] = "false"
    else:
        environ["ABI3BUILD_MIN_PYTHON"] = str(floor)
        # A comma alone is not a version; an empty variable would count as not set.
        environ["ABI3BUILD_NATIVE"] = ","
    output = place / "dist"
    command = (environment.python, "-I", "-m", "build", "--wheel", "--outdir", output)
    ended = around.processes.run(
        [*command, around.project],
        folder=place,
        environ=environ,
        seconds=_BUILD_SECONDS,
    )
    wheels = sorted(output.glob("*.whl")) if output.exists() else []
    if ended.status != 0 or not wheels:
        msg = f"does not build: {ended.last_words}"
        raise _FailedError(msg)
    # A setup.py may set the tag by itself; then both builds would be the same.
    is_abi3 = "-abi3-" in wheels[0].name
    if is_abi3 is (floor is None):
        wanted = "the stable ABI" if floor else "this Python only"
        message = (
            f"{wheels[0].name} is not for {wanted}: set up the project with abi3build"
            " init, and let nothing else set its tag"
        )
        raise _FailedError(message)
    return wheels[0]


def _environment(
    around: Surroundings, interpreter: Interpreter, folder: Path
) -> Environment:
    return new_environment(
        folder, interpreter, around.tools, around.environ, around.processes
    )


def _install(
    around: Surroundings, environment: Environment, requirements: Sequence[str]
) -> None:
    ended = around.processes.run(
        [*environment.install, *requirements],
        folder=environment.folder.parent,
        environ=environment_variables(around.environ, environment),
        seconds=_INSTALL_SECONDS,
    )
    if ended.status != 0:
        names = ", ".join(name.rpartition("/")[2] for name in requirements)
        message = f"cannot install {names}: {ended.last_words}"
        raise _FailedError(message)
