"""Run the command line as ``python -m abi3build``."""

from __future__ import annotations

import sys

from abi3build.cli import main

if __name__ == "__main__":
    sys.exit(main())
