"""Open a wheel on an index: parts of it where that saves much, else all of it."""

from __future__ import annotations

import io
import re

from abi3build.errors import MalformedError
from abi3build.index.failures import TransferError
from abi3build.index.remote_file import open_remote
from abi3build.light_typing import TYPE_CHECKING
from abi3build.wheels.zip_directory import read_directory

if TYPE_CHECKING:
    from typing import BinaryIO

    from abi3build.index.cache import WheelCache
    from abi3build.index.project_page import PublishedFile
    from abi3build.index.transfer import Transfers

__all__ = ["open_published"]

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
