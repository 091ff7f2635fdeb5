"""Run one trial: an environment, the wheel in it, its imports, the user's command."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.trials.environments import (
    Tools,
    environment_at,
    environment_variables,
    ways,
)
from abi3build.trials.importing import Observation, import_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.trials.choosing import Trial
    from abi3build.trials.environments import Environment
    from abi3build.trials.processes import Ended, Processes

__all__ = ["Work", "observe", "split_command"]

_ENVIRONMENT_SECONDS = 300.0
_INSTALL_SECONDS = 1800.0
"""Long enough for dependencies that are built from source."""


@dataclass(frozen=True)
class Work:
    """Say what is done on each Python with one wheel."""

    environ: Mapping[str, str]
    wheel: Path = field(default_factory=Path)
    modules: tuple[str, ...] = ()
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
    """Do the work on one Python; give what was seen.  Nothing of it is left behind."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="abi3build-try-") as name:
        seen = _observe(Path(name).resolve(), trial, work, processes)
    return replace(seen, seconds=time.monotonic() - start)


def split_command(text: str) -> list[str]:
    """Split words as a shell does; raise ``ValueError`` where a quote stays open."""
    # Backslashes are parts of paths on Windows.
    return shlex.split(text, posix=os.name != "nt")


def _observe(
    folder: Path, trial: Trial, work: Work, processes: Processes
) -> Observation:
    made = _make_environment(folder, trial, work, processes)
    if isinstance(made, str):
        return Observation(environment_fault=made)
    environ = environment_variables(work.environ, made)
    install = processes.run(
        [*made.install, *_install_options(trial, work)],
        folder=folder,
        environ=environ,
        seconds=_INSTALL_SECONDS,
    )
    install = replace(install, output=_without(folder, install.output))
    if install.status != 0 or not trial.admitted:
        return Observation(install=install)
    imports = import_all(work.modules, made, environ, processes, work.import_seconds)
    seen = Observation(install=install, imports=imports)
    if not work.command:
        return seen
    ended = _run_command(folder, environ, work, processes)
    if isinstance(ended, str):
        return replace(seen, command_fault=ended)
    return replace(seen, command=ended)


def _make_environment(
    folder: Path, trial: Trial, work: Work, processes: Processes
) -> Environment | str:
    """Make an environment in the best way that works; else give the last words."""
    said = "there is neither uv nor a pip that works for it"
    for number, way in enumerate(ways(work.tools, trial.interpreter, work.installer)):
        place = folder / f"environment{number}"
        made = environment_at(place, trial.interpreter, way, work.tools)
        environ = environment_variables(work.environ, made)
        ended = processes.run(
            made.create, folder=folder, environ=environ, seconds=_ENVIRONMENT_SECONDS
        )
        if ended.status == 0:
            return made
        said = ended.output.strip() or f"exit status {ended.status}"
    return _without(folder, said)


def _without(folder: Path, text: str) -> str:
    """Take out a folder that has another name in each run."""
    return text.replace(f"{folder}{os.sep}", "")


def _install_options(trial: Trial, work: Work) -> list[str]:
    if not trial.admitted:
        # The wheel alone decides: what it needs, and an index, must not get in the way.
        return ["--no-index", "--no-deps", str(work.wheel)]
    options = ["--no-index"] if work.no_index else []
    for place in work.find_links:
        options += ["--find-links", place]
    return [*options, str(work.wheel), *work.requires]


def _run_command(
    folder: Path, environ: Mapping[str, str], work: Work, processes: Processes
) -> Ended | str:
    words = _words(work)
    program = shutil.which(words[0], path=environ["PATH"])
    if program is None:
        return f"{words[0]}: no such command: name what brings it with --requires"
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


def _words(work: Work) -> list[str]:
    """Split the command, then fill in: paths may have blanks."""
    places = {"{project}": str(work.project), "{wheel}": str(work.wheel)}
    words = split_command(work.command)
    for placeholder, value in places.items():
        words = [word.replace(placeholder, value) for word in words]
    return words
