"""Open the wheels of an index: from the cache, in parts or whole."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from abi3build.errors import MalformedError, UsageError
from abi3build.index.deadline import Deadline
from abi3build.index.transfer import TransferError
from abi3build.surroundings import home_folder
from abi3build.wheels.zip_directory import read_directory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from abi3build.index.project_page import PublishedFile
    from abi3build.index.transfer import Answer, Transfers

__all__ = [
    "RemoteFile",
    "WheelCache",
    "default_folder",
    "open_published",
    "open_remote",
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
            "--pypi keeps wheels below the home directory, and there is none: name"
            " another place with --cache-dir, or keep none with --no-cache"
        )
        raise UsageError(message)
    return home.joinpath(*below, "abi3build", "wheels")


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


_BLOCK = 1 << 20
"""In bytes: large enough that the way to the server counts for little."""

_KEPT = 32
"""How many blocks stay in memory."""

_TAIL = 1 << 16
"""How many bytes from the end are asked for first: the list of a zip file's members."""


def open_remote(transfers: Transfers, address: str, size: int) -> RemoteFile | None:
    """Open a file of a known size, in bytes; None where its server knows no ranges.

    Raise ``TransferError`` where the server says another size.
    """
    first = max(0, size - _TAIL)
    tail = transfers.get_part(address, first, size - 1)
    if tail is None:
        return None
    return RemoteFile(transfers, address, size, tail)


class RemoteFile(io.RawIOBase):
    """Read a file in blocks by ranged requests; not for several threads."""

    def __init__(
        self, transfers: Transfers, address: str, size: int, tail: Answer
    ) -> None:
        super().__init__()
        self._transfers = transfers
        self._address = address
        self.size = size
        self._tail = tail.body
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._deadline = Deadline(transfers.longest)
        self._check(tail)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read anywhere."""
        return True

    def tell(self) -> int:
        """Give the position, in bytes from the beginning."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position; nothing is asked of the server."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}
        position = base[whence] + offset
        if position < 0:
            message = f"negative position {position}"
            raise ValueError(message)
        self._position = position
        return position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer
        """Read to the end of the block that the position is in, at most."""
        wanted = min(len(buffer), self.size - self._position)
        if wanted <= 0:
            return 0
        data = self._from(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _from(self, position: int, wanted: int) -> bytes:
        beginning = self.size - len(self._tail)
        if position >= beginning:
            return self._tail[position - beginning :][:wanted]
        number, offset = divmod(position, _BLOCK)
        return self._block(number)[offset:][:wanted]

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        first = number * _BLOCK
        last = min(first + _BLOCK, self.size) - 1
        if self._deadline.is_over:
            raise TransferError.late(self._address, self._deadline)
        answer = self._transfers.get_part(self._address, first, last)
        if answer is None:
            text = "ranges, and then none: try again later"
            raise TransferError.at(self._address, text)
        self._check(answer)
        self._blocks[number] = answer.body
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return answer.body

    def _check(self, answer: Answer) -> None:
        if answer.total != self.size:
            text = (
                f"{answer.total} bytes, where the index says"
                f" {self.size}: the index and its files differ"
            )
            raise TransferError.at(self._address, text)


_SMALL = 1 << 20
"""In bytes: up to this size parts would take longer than all."""

_LARGEST = 2 << 30

_MAY_BE_IMAGE = re.compile(r"\.(?:so|pyd|dylib|dll)(?:\.|\Z)|(?:\A|/)[^./]+\Z")
"""An estimate of what will be read, by name.  The audit looks at every member."""


def open_published(
    file: PublishedFile, transfers: Transfers, cache: WheelCache
) -> BinaryIO:
    """Open a wheel for reading; whatever is fetched whole is held against its hash.

    Raise ``TransferError`` where the server or the hash is wrong.
    """
    kept = cache.find(file.sha256)
    if kept is not None:
        return kept
    if file.size is not None and file.size > _SMALL:
        remote = open_remote(transfers, file.address, file.size)
        if remote is not None:
            stream = io.BufferedReader(remote, 1 << 16)
            if _saves_much(stream, file.size):
                return stream
    return cache.fill(file.sha256, lambda into: _fetch(file, transfers, into))


def _fetch(file: PublishedFile, transfers: Transfers, into: BinaryIO) -> None:
    limit = _LARGEST if file.size is None else min(file.size, _LARGEST)
    sha256 = transfers.save(file.address, into, limit)
    if file.sha256 and sha256 != file.sha256:
        text = (
            f"its SHA-256 is {sha256}, where the index says"
            f" {file.sha256}: it is not the file that was published"
        )
        raise TransferError.at(file.address, text)


def _saves_much(stream: BinaryIO, size: int) -> bool:
    """Tell whether less than a quarter of a wheel is likely to be read.

    Beginnings of other members are read too, and each part is a request of its own:
    with PyMuPDF 2.0, two fifths of which are machine code, parts took longer than all.
    """
    try:
        members = read_directory(stream)
    except MalformedError:
        # Whoever reads it says what is wrong.
        return False
    needed = sum(
        member.compressed_size
        for member in members
        if _MAY_BE_IMAGE.search(member.name)
    )
    return 4 * needed < size
