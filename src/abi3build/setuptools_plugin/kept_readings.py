"""Keep what a second library read from a build's modules, by the digest of their bytes.

Only what it saw is kept, never whether it agreed: each build compares again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.binaries.magic_number import HEAD_SIZE, image_format
from abi3build.evidence.compiled_units import digest_of
from abi3build.inspection.second_reading import (
    LibraryReading,
    library_for,
    read_with_library,
)

if TYPE_CHECKING:
    from abi3build.binaries.image import BinaryFormat
    from abi3build.inspection.second_reading import LibraryReader

__all__ = ["kept_readings", "read_ahead"]

_FOLDER = "abi3build-readings"


def kept_readings(build_temp: Path) -> LibraryReader:
    """Return a function that reads images with a library, each once per folder."""
    return partial(_read_once, build_temp / _FOLDER)


def read_ahead(build_temp: Path, output: str) -> None:
    """Read a module that was just linked, while other programs of the build run."""
    try:
        data = Path(output).read_bytes()
    except OSError:
        return
    file_format = image_format(data[:HEAD_SIZE])
    if file_format is not None:
        kept_readings(build_temp)(data, file_format)


def _read_once(folder: Path, data: bytes, file_format: BinaryFormat) -> LibraryReading:
    readers = f"{__version__} {library_for(file_format)} "
    path = folder / f"{digest_of(readers.encode() + data)}.json"
    kept = _kept(path)
    if kept is not None:
        return kept
    reading = read_with_library(data, file_format)
    # What cannot be kept is read again; a torn file is no JSON.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(reading._asdict()) + "\n", encoding="utf-8")
    return reading


def _kept(path: Path) -> LibraryReading | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return LibraryReading(fields["reader"], tuple(fields["facts"]), fields["fault"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
