"""What is timed: a command, the imports of a wheel, or a project's own benchmarks."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.trials.command_program import (
    ForeignProgramError,
    command_words,
    find_command_program,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from abi3build.costs.flavors import Flavor
    from abi3build.trials.processes import Processes

__all__ = ["Workload", "WorkloadError", "choose_workload", "run_once"]

_RESULT = "abi3build-benchmark.json"
_PYTEST_BENCHMARK = "pytest-benchmark"
_MODULES = "{modules}"
"""Stands for the names of a flavor's modules."""


class WorkloadError(Exception):
    """Say why the command did not run to its end, in one line."""


@dataclass(frozen=True)
class Workload:
    """Say what to run in each environment, and how its time is told."""

    what: str
    """For people, such as the command itself."""

    words: tuple[str, ...]
    """The command; the first word ``python`` is the environment's own."""

    requires: tuple[str, ...] = ()
    counted_words: tuple[str, ...] = ()
    """The command for a run in which calls are counted; empty if it is the same."""

    reads_benchmarks: bool = False
    """True if the times are pytest-benchmark's own: it runs as long as it likes."""


def choose_workload(project: Path, asked: str, command: str = "") -> Workload:
    """Choose what to time: a command, an import, benchmarks, or whatever is found.

    ``asked`` is ``command``, ``import``, ``pytest-benchmark`` or ``auto``, which looks
    for the project's own benchmarks.  Raise ``UsageError`` if there are none, or if
    they are of a kind that is not run.
    """
    if asked == "import":
        return Workload("the import", ("python", "-c", f"import {_MODULES}"))
    if asked == "command":
        words = command_words(command, {"{project}": str(project)})
        return Workload(command, tuple(words))
    if asked == _PYTEST_BENCHMARK or _has_pytest_benchmarks(project):
        return _benchmarks(project)
    found = _other_benchmarks(project)
    if found:
        message = (
            f"{project}: has benchmarks for {found}, which abi3build does not run by"
            ' itself: name a command, such as --command "python bench.py"'
        )
        raise UsageError(message)
    message = (
        f"{project}: no pytest-benchmark tests were found: name what to time with"
        ' --command "python bench.py", or --import'
    )
    raise UsageError(message)


def _benchmarks(project: Path) -> Workload:
    words = ("python", "-m", "pytest", "-q", "--benchmark-only")
    timed = ("--benchmark-max-time=0.2", f"--benchmark-json={_RESULT}")
    # As often as both flavors do it, whatever time they take.
    once = (
        *("--benchmark-min-rounds=1", "--benchmark-max-time=0.000001"),
        *("--benchmark-min-time=0.000000001", "--benchmark-warmup=off"),
    )
    return Workload(
        "the project's benchmarks (pytest-benchmark)",
        (*words, *timed, str(project)),
        ("pytest", _PYTEST_BENCHMARK),
        (*words, *once, str(project)),
        reads_benchmarks=True,
    )


def _has_pytest_benchmarks(project: Path) -> bool:
    return any(
        "(benchmark" in text or ", benchmark" in text
        for text in map(_text, project.rglob("test_*.py"))
    ) or any("(benchmark" in text for text in map(_text, project.rglob("bench_*.py")))


def _other_benchmarks(project: Path) -> str:
    if any(project.glob("asv.conf.json*")):
        return "asv"
    named = [*project.rglob("bench*.py"), *project.rglob("*bench.py")]
    return "pyperf" if any("pyperf" in _text(path) for path in named) else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def run_once(
    workload: Workload,
    flavor: Flavor,
    processes: Processes,
    seconds: float,
    variables: Mapping[str, str] | None = None,
) -> tuple[float, float]:
    """Run it once and return the seconds of processor time and of the clock.

    Benchmarks that time themselves give both as the geometric mean of their medians.
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
        document = json.loads(path.read_text(encoding="utf-8"))
        medians = [float(each["stats"]["median"]) for each in document["benchmarks"]]
        return statistics.geometric_mean(medians)
    except (OSError, ValueError, KeyError, TypeError, statistics.StatisticsError):
        message = "wrote no benchmarks: run pytest --benchmark-only by hand to see why"
        raise WorkloadError(message) from None
