"""Tell whether a second process pays for an audit of many wheels.

    python benchmarks/audit_jobs.py FOLDER [--rounds N]

The folder holds published wheels, such as those of ``tests/corpus``.  Each round audits
each set with ``--jobs 1`` and with ``--jobs 2``, one right after the other and in turns
first.  Seconds are those on the clock of whole processes, so that the figures are of
use only on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from abi3build.workers import default_jobs

__all__ = ["main"]

_MEGABYTE = 1_000_000
_SMALL = 0.4
"""In megabytes: the most that a small wheel has."""

_LARGE = (3.0, 5.1)
_SETS = (("small", 30), ("small", 90), *(("large", many) for many in (2, 4, 8, 16)))


def main() -> None:
    """Run the rounds and print a line for each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    sizes = {path: path.stat().st_size for path in options.folder.glob("*.whl")}
    wheels = sorted(sizes, key=lambda path: (sizes[path], path.name))
    small = [path for path in wheels if sizes[path] < _SMALL * _MEGABYTE]
    least, most = (limit * _MEGABYTE for limit in _LARGE)
    large = [path for path in wheels if least <= sizes[path] < most]
    for kind, many in _SETS:
        chosen = _spread(small if kind == "small" else large, many)
        pairs = [_pair(chosen, number) for number in range(options.rounds)]
        ratios = [two / one for one, two in pairs]
        one, two = (statistics.median(times) for times in zip(*pairs))
        total = [sizes[path] for path in chosen]
        sys.stdout.write(
            f"{len(chosen)} {kind} wheels, {sum(total) / _MEGABYTE:.0f} MB: {one:.2f} s"
            f" with one process, {two:.2f} s with two; {statistics.median(ratios):.2f}"
            f" ({min(ratios):.2f} to {max(ratios):.2f}); the default is"
            f" {default_jobs(total)}\n"
        )


def _spread(wheels: list[Path], many: int) -> list[Path]:
    """Return so many wheels from all over a list, or all."""
    return wheels[:: max(1, len(wheels) // many)][:many]


def _pair(wheels: list[Path], number: int) -> tuple[float, float]:
    order = (1, 2) if number % 2 else (2, 1)
    taken = {jobs: _seconds(wheels, jobs) for jobs in order}
    return taken[1], taken[2]


def _seconds(wheels: list[Path], jobs: int) -> float:
    command = [sys.executable, "-m", "abi3build", "audit", "--jobs", str(jobs)]
    start = time.perf_counter()
    # Some of the wheels have findings, which is no failure here.
    subprocess.run([*command, *map(str, wheels)], capture_output=True, check=False)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
