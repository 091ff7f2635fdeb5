"""Wheels kept by their hash, in the place where this platform keeps such things."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Callable

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

__all__ = ["WheelCache", "default_folder"]

_CHUNK = 1 << 20


def default_folder(environ: Mapping[str, str]) -> Path:
    """Give the directory for what can be fetched again."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "abi3build", "wheels")


class WheelCache:
    """Keep files by their SHA-256; without a folder, or a usable one, keep nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, sha256: str) -> BinaryIO | None:
        """Open a file that is here; one that is damaged is removed."""
        if self._folder is None or not sha256:
            return None
        path = self._folder / sha256
        try:
            stream = path.open("rb")
        except OSError:
            return None
        if _hash(stream) == sha256:
            stream.seek(0)
            return stream
        stream.close()
        path.unlink(missing_ok=True)
        return None

    def fill(self, sha256: str, write: Callable[[BinaryIO], None]) -> BinaryIO:
        """Let ``write`` fill a file, keep that by its hash if it has one, and open it.

        ``write`` raises where what it got is not what the hash says.
        """
        if self._folder is None or not sha256 or not self._is_usable():
            stream = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
            try:
                write(stream)
            except BaseException:
                stream.close()
                raise
            stream.seek(0)
            return stream
        handle, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "w+b") as stream:
                write(stream)
            Path(name).replace(self._folder / sha256)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return (self._folder / sha256).open("rb")

    def _is_usable(self) -> bool:
        folder = Path(str(self._folder))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(folder, os.W_OK)


def _hash(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
