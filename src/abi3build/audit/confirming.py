"""Have every image of a wheel, or a loose file, read once more by another library."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from abi3build.inspection.second_reading import SecondReading, read_again

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence
    from os import PathLike
    from typing import BinaryIO

    from abi3build.binaries.image import BinaryFile, Image

    KnownReadings = MutableMapping[tuple[str, str], SecondReading]

__all__ = ["confirm_files", "confirm_wheel", "summed_up"]

_Readings = tuple[tuple[str, SecondReading], ...]


def confirm_wheel(
    path: str | PathLike[str],
    files: Sequence[BinaryFile],
    stream: BinaryIO | None = None,
    known: KnownReadings | None = None,
) -> _Readings:
    """Read the images of a wheel again, its members by the standard library.

    The files are those that abi3build read; one with a fault has nothing to compare.
    ``known`` holds the readings of the same build by the digest and the machine of the
    bytes: what was packed as it was linked is not read for a third time.
    """
    with ZipFile(path if stream is None else stream) as archive:
        return _confirm(files, archive.read, known)


def confirm_files(
    files: Sequence[BinaryFile],
    folder: str | PathLike[str] = "",
    known: KnownReadings | None = None,
) -> _Readings:
    """Read the images of loose files again, whose names are paths from a folder on.

    For ``known`` see ``confirm_wheel``.
    """
    return _confirm(files, lambda path: Path(folder, path).read_bytes(), known)


def summed_up(reading: SecondReading | None) -> tuple[str, str]:
    """Return who confirmed a reading, or why it was not; both empty if none was."""
    if reading is None:
        return "", ""
    return reading.reader if reading.agrees else "", reading.not_confirmed


def _confirm(
    files: Sequence[BinaryFile],
    read: Callable[[str], bytes],
    known: KnownReadings | None,
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
                second = _read_or_known(data, image, known)
            readings.append((file.path, second))
    return tuple(readings)


def _read_or_known(
    data: bytes, image: Image, known: KnownReadings | None
) -> SecondReading:
    if known is None:
        return read_again(data, image)
    same = (sha256(data).hexdigest(), image.machine)
    if same not in known:
        known[same] = read_again(data, image)
    return known[same]
