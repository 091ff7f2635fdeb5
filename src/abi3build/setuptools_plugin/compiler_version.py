"""What a compiler says of its version, for the record of a build."""

from __future__ import annotations

import os
import tempfile

from abi3build.evidence.asked_programs import ask_program

__all__ = ["version_of_compiler"]

_LONGEST_LINE = 200
_SECONDS = 60


def version_of_compiler(compiler: object) -> str | None:
    """Ask the compiler that the build uses for its version; None if it has none.

    Microsoft's has no such option, and a build that compiles nothing has no compiler.
    """
    words = getattr(compiler, "compiler_so", None)
    if not isinstance(words, list) or not words:
        return None
    try:
        # zig leaves an empty a.o in the current directory if it builds for macOS.
        with tempfile.TemporaryDirectory(prefix="abi3build-") as folder:
            asked = [*map(_from_anywhere, words), "--version"]
            completed = ask_program(asked, _SECONDS, folder)
    except OSError:
        return None
    if completed is None:
        return None
    lines = completed.stdout.decode("utf-8", "replace").splitlines()
    return next((line.strip()[:_LONGEST_LINE] for line in lines if line.strip()), None)


def _from_anywhere(word: str) -> str:
    """Make the path of a program or script absolute, and leave other words alone."""
    is_path = os.sep in word and os.path.exists(word)
    return os.path.abspath(word) if is_path else word
