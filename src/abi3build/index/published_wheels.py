"""Open the wheels of an index: from the cache, or downloaded and verified."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from abi3build.errors import UsageError
from abi3build.index.transfer import TransferError
from abi3build.surroundings import home_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from abi3build.index.project_page import PublishedFile
    from abi3build.index.transfer import Transfers

__all__ = [
    "WheelCache",
    "default_folder",
    "open_published",
]


_CHUNK = 1 << 20


def default_folder(environ: Mapping[str, str]) -> Path:
    """Return the directory for what can be fetched again.

    Raise ``UsageError`` if it would be below a home directory, and there is none.
    """
    home, given = home_folder(), ""
    if sys.platform == "win32":
        given, below = environ.get("LOCALAPPDATA", ""), ("AppData", "Local")
    elif sys.platform == "darwin":
        below = ("Library", "Caches")
    else:
        given, below = environ.get("XDG_CACHE_HOME", ""), (".cache",)
    if Path(given).is_absolute():
        return Path(given, "abi3build", "wheels")
    if home is None:
        message = (
            "--pypi keeps wheels in the home directory, but there is none: name another"
            " directory with --cache-dir, or use --no-cache"
        )
        raise UsageError(message)
    return home.joinpath(*below, "abi3build", "wheels")


class WheelCache:
    """Keep files by their SHA-256; without a usable folder, keep nothing."""

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
        # Hashed on each use: a cache directory may be shared, or half written.
        if _hash(stream) == sha256:
            stream.seek(0)
            return stream
        stream.close()
        path.unlink(missing_ok=True)
        return None

    def fill(self, sha256: str, write: Callable[[BinaryIO], None]) -> BinaryIO:
        """Let ``write`` fill a file, keep it by its hash if it has one, and open it.

        ``write`` raises if the content does not match the hash.
        """
        if self._folder is None or not sha256 or not self._is_usable():
            stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by its reader
            try:
                write(stream)
            except BaseException:
                stream.close()
                raise
            stream.seek(0)
            return stream
        # In the same folder, so that replace() is atomic and other processes never see
        # half a wheel.
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


_LARGEST = 2 << 30


def open_published(
    file: PublishedFile, transfers: Transfers, cache: WheelCache
) -> BinaryIO:
    """Open a wheel for reading; what is fetched is compared with its hash.

    Raise ``TransferError`` if the server or the hash is wrong.
    """
    kept = cache.find(file.sha256)
    if kept is not None:
        return kept
    return cache.fill(file.sha256, lambda into: _fetch(file, transfers, into))


def _fetch(file: PublishedFile, transfers: Transfers, into: BinaryIO) -> None:
    limit = _LARGEST if file.size is None else min(file.size, _LARGEST)
    sha256 = transfers.save(file.address, into, limit)
    if file.sha256 and sha256 != file.sha256:
        text = (
            f"its SHA-256 is {sha256}, but the index says {file.sha256}: it is not the"
            " file that was published"
        )
        raise TransferError.at(file.address, text)
