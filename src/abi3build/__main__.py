"""Run the command line as a process, ``abi3build`` or ``python -m abi3build``.

An audit creates thousands of objects and almost no garbage.  Collecting garbage as
often as usual, and twice when the interpreter ends, would take a quarter of the time of
auditing a small wheel.
"""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["run"]

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""The usual number is 700 to 2,000."""


def run() -> int:
    """Run the command that this process was started with; return its exit status."""
    counts_references = sys.implementation.name == "cpython"
    if counts_references:
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from abi3build.cli import main

    status = main()
    if counts_references:
        gc.freeze()
    return status


def _leave_current_folder() -> None:
    """Remove the current folder from the path, where ``python -m`` puts it first.

    It may contain foreign code, such as a ``json.py``.
    """
    first = sys.path[0] if sys.path else ""
    holds_this_package = os.path.isdir(os.path.join(first, "abi3build"))
    if first in {"", os.getcwd()} and not holds_this_package:
        del sys.path[0]


if __name__ == "__main__":
    _leave_current_folder()
    sys.exit(run())
