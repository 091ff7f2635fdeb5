"""Run one trial: an environment, the wheel in it, its imports, the user's command."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.trials.command_program import (
    ForeignProgramError,
    command_words,
    find_command_program,
    without_environments,
)
from abi3build.trials.environments import (
    Tools,
    environment_at,
    environment_variables,
    installer_name,
    is_at_fault,
    ways,
)
from abi3build.trials.importing import Observation, import_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi3build.trials.choosing import Trial
    from abi3build.trials.environments import Environment
    from abi3build.trials.processes import Ended, Processes

__all__ = ["Work", "observe", "put_installed_first"]

_INSTALLED_FIRST = Path(__file__).with_name("installed_first.py")

_ENVIRONMENT_SECONDS = 300.0
_INSTALL_SECONDS = 1800.0
"""Long enough for dependencies that are built from source."""


@dataclass(frozen=True)
class Work:
    """Say what is done on each Python with one wheel."""

    environ: Mapping[str, str]
    wheel: Path = field(default_factory=Path)
    modules: tuple[str, ...] = ()
    outermost: tuple[str, ...] = ()
    """The modules and packages of the wheel that are in no package."""

    tools: Tools = field(default_factory=Tools)
    installer: str = "auto"
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    requires: tuple[str, ...] = ()
    command: str = ""
    project: Path = field(default_factory=Path)
    import_seconds: float = 60.0
    command_seconds: float = 1800.0


def observe(trial: Trial, work: Work, processes: Processes) -> Observation:
    """Try the wheel on one Python, leave nothing behind, and return what happened."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="abi3build-try-") as name:
        seen = _observe(Path(name).resolve(), trial, work, processes)
    return replace(seen, seconds=time.monotonic() - start)


def _observe(
    folder: Path, trial: Trial, work: Work, processes: Processes
) -> Observation:
    if not trial.admitted:
        # The installer cannot change this, and nothing is learned about the wheel.
        return Observation()
    installed = _install(folder, trial, work, processes)
    if isinstance(installed, Observation):
        return installed
    made, install = installed
    environ = environment_variables(work.environ, made)
    imports = import_all(work.modules, made, environ, processes, work.import_seconds)
    seen = Observation(install=install, imports=imports)
    if not work.command:
        return seen
    put_installed_first(made, work.outermost)
    ended = _run_command(folder, made, work, processes)
    if isinstance(ended, str):
        return replace(seen, command_fault=ended)
    return replace(seen, command=ended)


def _install(
    folder: Path, trial: Trial, work: Work, processes: Processes
) -> tuple[Environment, Ended] | Observation:
    """Install in the first way that works; else say what the best one said.

    The next one is tried if an installer fails: that is not the wheel's failure.
    """
    obstacle, said = "neither uv nor a pip that works for it was found", ""
    for number, way in enumerate(ways(work.tools, trial.interpreter, work.installer)):
        place = folder / f"environment{number}"
        made = environment_at(place, trial.interpreter, way, work.tools)
        environ = environment_variables(work.environ, made)
        ended = processes.run(
            made.create, folder=folder, environ=environ, seconds=_ENVIRONMENT_SECONDS
        )
        if ended.status != 0:
            obstacle, said = "no environment could be created", ended.output
            continue
        ended = processes.run(
            [*made.install, *_install_options(work)],
            folder=folder,
            environ=environ,
            seconds=_INSTALL_SECONDS,
        )
        ended = replace(ended, output=_without(folder, ended.output))
        if ended.status == 0:
            return made, ended
        if not is_at_fault(made, ended.output, work.wheel.name):
            return Observation(install=ended)
        obstacle = f"{installer_name(made)} is too old to install it there"
        said = ended.output.strip().rpartition("\n")[2]
    return Observation(obstacle, _without(folder, said))


def put_installed_first(made: Environment, names: Sequence[str]) -> None:
    """Make Python load ``installed_first`` whenever it starts in an environment.

    https://docs.python.org/3/library/site.html says what a .pth file may do.
    """
    for place in made.folder.glob("[Ll]ib*/**/site-packages"):
        shutil.copyfile(_INSTALLED_FIRST, place / "abi3build_installed_first.py")
        given = ", ".join(map(repr, names))
        line = f"import abi3build_installed_first as first; first.put_first({given})\n"
        (place / "abi3build-try.pth").write_text(line, encoding="utf-8")
        return


def _without(folder: Path, text: str) -> str:
    """Remove a folder that has another name in each run."""
    return text.replace(f"{folder}{os.sep}", "")


def _install_options(work: Work) -> list[str]:
    options = ["--no-index"] if work.no_index else []
    for place in work.find_links:
        options += ["--find-links", place]
    return [*options, str(work.wheel), *work.requires]


def _run_command(
    folder: Path, made: Environment, work: Work, processes: Processes
) -> Ended | str:
    places = {"{project}": str(work.project), "{wheel}": str(work.wheel)}
    words = command_words(work.command, places)
    try:
        program = find_command_program(words[0], made, work.environ)
    except ForeignProgramError as fault:
        return str(fault)
    environ = environment_variables(work.environ, made)
    environ["PATH"] = without_environments(environ["PATH"], made.scripts)
    # Not the project's folder: its sources would be imported instead of the wheel.
    place = folder / "empty"
    place.mkdir()
    try:
        return processes.run(
            [program, *words[1:]],
            folder=place,
            environ=environ,
            seconds=work.command_seconds,
        )
    except OSError as fault:
        return f"{words[0]}: {fault.strerror}: name a program"
