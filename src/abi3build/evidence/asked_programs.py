"""Programs that are asked for something on the side, whatever becomes of it.

Compilers and linkers say what they are or make of a source.  A build does not depend on
the answer, so that a program that is missing or hangs gives none, and says nothing.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ask_program"]


def ask_program(
    words: Sequence[str], seconds: float, folder: str | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    """Run a program without input; return its status and its standard output.

    It runs in ``folder``, or where this process does.  None if it cannot be started, or
    takes longer than so many seconds.
    """
    try:
        return subprocess.run(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
