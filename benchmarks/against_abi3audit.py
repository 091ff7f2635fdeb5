"""Run ``abi3audit`` and ``abi3build audit`` on the same wheels, in turns.

    python benchmarks/against_abi3audit.py [--runs N] WHEEL...

Whole processes, both from the environment of the Python that runs this.  For each
wheel: the medians of elapsed and processor time, the peaks of memory, and how many
times more abi3audit took.  Numbers only, no verdict.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_TOOLS = {
    "abi3audit": ("abi3audit",),
    "abi3build": ("abi3build", "audit"),
}
_BYTES_OF_PEAK = 1 if sys.platform == "darwin" else 1024
"""In which ``getrusage(2)`` counts ``ru_maxrss`` on this system."""


class _Run(NamedTuple):
    elapsed: float
    processor: float
    peak: int
    status: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every wheel and print two lines and a ratio for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", metavar="WHEEL", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    for wheel in options.wheels:
        _compare(wheel, options.runs)


def _compare(wheel: Path, runs: int) -> None:
    print(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, {runs} runs each")
    measured: dict[str, list[_Run]] = {tool: [] for tool in _TOOLS}
    for _ in range(runs):
        for tool, command in _TOOLS.items():
            measured[tool].append(_run([*command, str(wheel)]))
    medians = {tool: _median(each) for tool, each in measured.items()}
    for tool, run in medians.items():
        print(
            f"  {tool}  {run.elapsed:8.3f} s elapsed  {run.processor:8.3f} s processor"
            f"  {run.peak / 1e6:7.1f} MB  status {run.status}"
        )
    theirs, ours = medians.values()
    print(
        f"  ratio      {theirs.elapsed / ours.elapsed:8.1f}"
        f"            {theirs.processor / ours.processor:8.1f}"
        f"              {theirs.peak / ours.peak:7.1f}"
    )


def _run(command: Sequence[str]) -> _Run:
    name, *rest = command
    path = Path(sys.executable).parent / name
    start = time.perf_counter()
    process = subprocess.Popen(
        [path, *rest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return _Run(
        elapsed,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * _BYTES_OF_PEAK,
        process.returncode,
    )


def _median(runs: Sequence[_Run]) -> _Run:
    return _Run(
        statistics.median(run.elapsed for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.peak for run in runs),
        runs[-1].status,
    )


if __name__ == "__main__":
    main()
