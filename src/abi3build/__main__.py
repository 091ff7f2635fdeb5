"""Run the command line as ``python -m abi3build``."""

from __future__ import annotations

import sys

from abi3build.cli import run_as_process

if __name__ == "__main__":
    sys.exit(run_as_process())
