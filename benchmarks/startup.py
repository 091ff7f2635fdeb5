"""Compare the command's start with the least that any such command must import.

    python benchmarks/startup.py [--rounds N]

Each round runs both commands, one right after the other, so that whatever else the
machine does falls on both.  It prints the median ratio and decides nothing.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

__all__ = ["main"]

_LEAST = ("-c", "import argparse, json")
_HELP = ("-c", "import sys; from abi3build.cli import main; sys.exit(main(['--help']))")


def main() -> None:
    """Run the rounds and print one line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    pairs = [(_seconds(_LEAST), _seconds(_HELP)) for _ in range(rounds)]
    least, full = (statistics.median(times) * 1000 for times in zip(*pairs))
    ratio = statistics.median(full / least for least, full in pairs)
    sys.stdout.write(
        f"abi3build --help: {full:.0f} ms, import argparse, json: {least:.0f} ms,"
        f" median ratio of {rounds} pairs: {ratio:.2f}\n"
    )


def _seconds(arguments: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
