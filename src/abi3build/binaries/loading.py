"""Read one loose file with machine code from the disk."""

from __future__ import annotations

from abi3build.binaries.image import BinaryFile
from abi3build.binaries.reading import read_images
from abi3build.errors import MalformedError, UnreadableError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["read_file"]


def read_file(path: str | PathLike[str]) -> BinaryFile:
    """Read a file's images; a malformed file comes back with its fault.

    Raise ``UnreadableError`` where the file cannot be read at all.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        message = f"{path}: no such file: check the path"
        raise UnreadableError(message) from None
    except OSError as fault:
        message = f"{path}: {fault.strerror or fault}: check the path and its rights"
        raise UnreadableError(message) from None
    try:
        return BinaryFile(str(path), read_images(data))
    except MalformedError as fault:
        return BinaryFile(str(path), fault=str(fault))
