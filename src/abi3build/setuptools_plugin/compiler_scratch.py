"""A temporary folder for GCC that is removed with all that GCC has left in it.

GCC's driver removes its temporary files when a signal ends it, but now and then the
compiler proper makes one right after that.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CompilerScratch"]

_VARIABLE = "TMPDIR"
"""Where GCC puts temporary files:
https://gcc.gnu.org/onlinedocs/gcc/Environment-Variables.html
"""

_DRIVER = re.compile(r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+)(?:-[\d.]+)?")
_OF_SCRIPTS = b"#!"

_SECONDS_TO_REMOVE = 1.0
"""How long what a signal has ended may still write."""

_PAUSE = 0.01
"""In seconds, between two attempts."""


class CompilerScratch:
    """Make the folder when it is first needed, for programs side by side."""

    def __init__(self) -> None:
        """Begin without a folder."""
        self._folder = ""
        self._is_named = False
        self._making = threading.Lock()

    def environment(
        self, words: Sequence[str], environ: Mapping[str, str]
    ) -> dict[str, str]:
        """Return what a program is started with: for GCC, with a folder of its own.

        Others get what they would without abi3build: a wrapper may start a server that
        works on after the build, and Clang names files there to report its crashes.
        """
        given = dict(environ)
        if os.name == "posix" and words and _is_gcc(words[0], given.get("PATH")):
            # Without room there GCC itself says what is wrong.
            with suppress(OSError):
                given[_VARIABLE] = self._made(given.get(_VARIABLE))
        return given

    def _made(self, within: str | None) -> str:
        with self._making:
            if not self._folder:
                place = within if within and Path(within).is_dir() else None
                self._folder = tempfile.mkdtemp(prefix="abi3build-", dir=place)
            return self._folder

    def heed(self, output: bytes) -> None:
        """Keep files if a program names one of them, such as one to report a bug."""
        if self._folder and os.fsencode(self._folder) in output:
            self._is_named = True

    def remove(self) -> None:
        """Remove the folder, when its programs have ended."""
        if not self._folder or (self._is_named and any(Path(self._folder).iterdir())):
            return
        limit = time.monotonic() + _SECONDS_TO_REMOVE
        shutil.rmtree(self._folder, ignore_errors=True)
        while Path(self._folder).exists() and time.monotonic() < limit:
            time.sleep(_PAUSE)
            shutil.rmtree(self._folder, ignore_errors=True)


@cache
def _is_gcc(program: str, path: str | None) -> bool:
    """Tell whether a program is GCC itself, not a script or a link to a wrapper."""
    found = shutil.which(program, path=path)
    if found is None:
        return False
    place = Path(found).resolve()
    if _DRIVER.fullmatch(place.name) is None:
        return False
    try:
        with place.open("rb") as stream:
            return stream.read(len(_OF_SCRIPTS)) != _OF_SCRIPTS
    except OSError:
        return False
