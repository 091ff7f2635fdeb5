"""Measure what a build for another platform costs beyond one for this machine.

    python benchmarks/cross.py [--target TAG]... [--rounds N]

Needs build, abi3build and a zig in the running environment.  Both builds are of the
example c-minimal, from nothing, one after the other; the first round only warms zig's
cache and counts for nothing.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGETS = ("manylinux_2_17_aarch64", "macosx_11_0_arm64", "win_amd64")


def main() -> None:
    """Print for each target the seconds of both, their ratio and their difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "c-minimal")
        shutil.copytree(ROOT / "example_projects" / "c-minimal", project)
        file = project / "pyproject.toml"
        text = file.read_text(encoding="utf-8")
        ours = text.replace("setuptools.build_meta", "abi3build.build_meta")
        file.write_text(ours, encoding="utf-8")
        for target in options.target or TARGETS:
            _compare(project, target, options.rounds)


def _compare(project: Path, target: str, rounds: int) -> None:
    _seconds(project, f"-Ctarget={target}")
    pairs = [
        (_seconds(project), _seconds(project, f"-Ctarget={target}"))
        for _ in range(rounds)
    ]
    native, cross = map(statistics.median, zip(*pairs))
    difference = statistics.median(there - here for here, there in pairs)
    print(
        f"{target}: {cross:.2f} s, here {native:.2f} s, ratio {cross / native:.2f},"
        f" difference {difference:+.2f} s (medians of {rounds} pairs)"
    )


def _seconds(project: Path, *options: str) -> float:
    for name in ("build", "dist"):
        shutil.rmtree(project / name, ignore_errors=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", *options]
    start = time.perf_counter()
    subprocess.run([*command, str(project)], check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
