"""What is timed: a command, the imports of a wheel, or a project's own benchmarks."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.costs.own_benchmarks import find_benchmarks
from abi3build.trials.command_program import (
    ForeignProgramError,
    command_words,
    expect_no_relative_file,
    find_command_program,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.costs.flavors import Flavor
    from abi3build.trials.processes import Processes

__all__ = ["Workload", "WorkloadError", "choose_workload", "run_once"]

_RESULT = "abi3build-benchmark.json"
_SCRIPT = Path(__file__).with_name("benchmark_script.py")
_REQUIRES = {
    "pytest-benchmark": ("pytest", "pytest-benchmark"),
    "asv": ("asv_runner",),
    "pyperf": ("pyperf",),
}
"""By kind of benchmarks, what runs them."""

_MODULES = "{modules}"
"""Stands for the names of a flavor's modules."""


class WorkloadError(Exception):
    """Say why the command did not run to its end, in one line."""


@dataclass(frozen=True)
class Workload:
    """Say what to run in each environment, and how it is timed."""

    what: str
    """For people, such as the command itself."""

    words: tuple[str, ...]
    """The command; the first word ``python`` is the environment's own."""

    requires: tuple[str, ...] = ()
    counted_words: tuple[str, ...] = ()
    """The command for a run in which calls are counted; empty if it is the same."""

    reads_benchmarks: bool = False
    """True if the times are the benchmarks' own, which run as long as they like."""


def choose_workload(project: Path, asked: str, command: str = "") -> Workload:
    """Choose what to time: a command, an import, benchmarks, or what is found.

    ``asked`` is ``command``, ``import``, ``auto``, which looks for the project's own
    benchmarks, or a kind of benchmarks.  Raise ``UsageError`` if there are none.
    """
    if asked == "import":
        return Workload("the import", ("python", "-c", f"import {_MODULES}"))
    if asked == "command":
        expect_no_relative_file(command, project)
        words = command_words(command, {"{project}": str(project)})
        return Workload(command, tuple(words))
    kind, paths = find_benchmarks(project, None if asked == "auto" else asked)
    timed, once = (
        ("python", str(_SCRIPT), kind, how, _RESULT, *map(str, paths))
        for how in ("timed", "once")
    )
    return Workload(
        f"the project's benchmarks ({kind})",
        timed,
        _REQUIRES[kind],
        once,
        reads_benchmarks=True,
    )


def run_once(
    workload: Workload,
    flavor: Flavor,
    processes: Processes,
    seconds: float,
    variables: Mapping[str, str] | None = None,
) -> tuple[float, float]:
    """Run it once; return the seconds of processor time and of the clock.

    For benchmarks that time themselves, both are the geometric mean of their medians.
    Raise ``WorkloadError`` if it fails or takes longer than ``seconds``.
    """
    folder = flavor.environment.folder.parent
    modules = ", ".join(flavor.modules)
    words = [word.replace(_MODULES, modules) for word in workload.words[1:]]
    environ = {**flavor.environ, **(variables or {})}
    try:
        first = find_command_program(workload.words[0], flavor.environment, environ)
        # Processor time, as other programs on the machine disturb the clock.
        before, start = _children_seconds(), time.perf_counter()
        ended = processes.run(
            [first, *words], folder=folder, environ=environ, seconds=seconds
        )
    except ForeignProgramError as fault:
        raise WorkloadError(str(fault)) from None
    except OSError as fault:
        message = f"{workload.words[0]}: {fault.strerror}: name a program"
        raise WorkloadError(message) from None
    wall = time.perf_counter() - start
    taken = _children_seconds() - before
    if ended.status is None:
        message = (
            f"took longer than {seconds:g} s: name a shorter one, or give it more"
            " --seconds"
        )
        raise WorkloadError(message)
    if ended.status != 0:
        lines = ended.output.strip().splitlines() or ["no output"]
        message = f"ended with status {ended.status}: {lines[-1].strip()}"
        raise WorkloadError(message)
    if workload.reads_benchmarks:
        own = _read_benchmarks(folder / _RESULT)
        return own, own
    return taken, wall


def _children_seconds() -> float:
    """Return the processor time of all processes that this one started and waited for.

    Windows does not tell it afterwards; there, the clock counts for both.
    """
    if sys.platform == "win32":
        return time.perf_counter()
    from resource import RUSAGE_CHILDREN, getrusage

    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read_benchmarks(path: Path) -> float:
    try:
        seconds = json.loads(path.read_text(encoding="utf-8"))
        return statistics.geometric_mean(map(float, seconds.values()))
    except (OSError, ValueError, statistics.StatisticsError):
        message = "timed no benchmark: name what to time with --command"
        raise WorkloadError(message) from None
