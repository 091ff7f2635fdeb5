"""Have every image of a wheel, or a loose file, read again by another library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from abi3build.inspection.second_reading import (
    SecondReading,
    read_again,
    read_with_library,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import BinaryIO

    from abi3build.binaries.image import BinaryFile
    from abi3build.inspection.second_reading import LibraryReader

__all__ = ["confirm_files", "confirm_wheel", "summed_up"]

_Readings = tuple[tuple[str, SecondReading], ...]


def confirm_wheel(
    path: str | PathLike[str],
    files: Sequence[BinaryFile],
    stream: BinaryIO | None = None,
    library: LibraryReader = read_with_library,
) -> _Readings:
    """Read the images of a wheel again, with its members read by the standard library.

    The files are those that abi3build read; a file with an error is not compared.
    ``library`` reads the bytes of one image; in a build, it reuses earlier readings.
    """
    with ZipFile(path if stream is None else stream) as archive:
        return _confirm(files, archive.read, library)


def confirm_files(
    files: Sequence[BinaryFile],
    folder: str | PathLike[str] = "",
    library: LibraryReader = read_with_library,
) -> _Readings:
    """Read the images of loose files again; their names are paths from a folder.

    For ``library`` see ``confirm_wheel``.
    """
    return _confirm(files, lambda path: Path(folder, path).read_bytes(), library)


def summed_up(reading: SecondReading | None) -> tuple[str, str]:
    """Return which library confirmed a reading, or why none did; empty if neither."""
    if reading is None:
        return "", ""
    return reading.reader if reading.agrees else "", reading.not_confirmed


def _confirm(
    files: Sequence[BinaryFile],
    read: Callable[[str], bytes],
    library: LibraryReader,
) -> _Readings:
    readings = []
    for file in files:
        for image in file.images:
            try:
                data = read(file.path)
            except (OSError, KeyError, BadZipFile, EOFError) as fault:
                reason = f"its bytes could not be read again: {fault}"
                second = SecondReading(image.machine, not_confirmed=reason)
            else:
                second = read_again(data, image, library)
            readings.append((file.path, second))
    return tuple(readings)
