"""Compare the command's start with the least that any such command must import.

    python benchmarks/startup.py [--rounds N]

Each round runs all commands, one right after the other, so that whatever else the
machine does falls on all.  Processor time is compared: of ``--help``, and of the audit
of a small wheel with its budget of 1.5 times the least plus 15 ms.  It decides nothing.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

__all__ = ["main"]

_LIBRARY = Path(__file__).parents[1] / "tests/binaries/linux/library-x86_64.elf"
_LEAST_OF_HELP = ("-c", "import argparse, json")
_LEAST_OF_AUDIT = ("-c", "import argparse, json, zipfile, typing")
_BUDGET = 0.015
"""In seconds, besides 1.5 times the least."""


def main() -> None:
    """Run the rounds and print a line for each comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        wheel = str(_write_wheel(Path(folder)))
        commands = (
            _LEAST_OF_HELP,
            ("-m", "abi3build", "--help"),
            _LEAST_OF_AUDIT,
            ("-m", "abi3build", "audit", wheel),
        )
        runs = [[_seconds(command) for command in commands] for _ in range(rounds)]
    _say("--help", [(full, least) for least, full, _, _ in runs])
    _say("audit of a small wheel", [(full, least) for _, _, least, full in runs])
    kept = sum(full <= 1.5 * least + _BUDGET for _, _, least, full in runs)
    sys.stdout.write(f"the audit was within its budget in {kept} of {rounds} rounds\n")


def _say(what: str, pairs: list[tuple[float, float]]) -> None:
    full, least = (statistics.median(times) * 1000 for times in zip(*pairs))
    ratio = statistics.median(full / least for full, least in pairs)
    sys.stdout.write(
        f"abi3build {what}: {full:.0f} ms of processor time, the least: {least:.0f} ms,"
        f" median ratio of {len(pairs)} pairs: {ratio:.2f}\n"
    )


def _write_wheel(folder: Path) -> Path:
    path = folder / "demo-1.0-cp39-abi3-linux_x86_64.whl"
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sample.abi3.so", _LIBRARY.read_bytes())
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp39-abi3-linux_x86_64\n"
        )
        archive.writestr(f"{info}/METADATA", "Name: demo\nVersion: 1.0\n")
        names = ("sample.abi3.so", f"{info}/WHEEL", f"{info}/METADATA")
        rows = "".join(f"{name},,\n" for name in names)
        archive.writestr(f"{info}/RECORD", f"{rows}{info}/RECORD,,\n")
    return path


def _seconds(arguments: tuple[str, ...]) -> float:
    """Return the processor time that an interpreter takes, with its children."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
