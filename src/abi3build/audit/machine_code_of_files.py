"""Have the machine code of a wheel, or of a loose file, searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from abi3build.machine_code.machine_code_reading import MachineCode, read_machine_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike
    from typing import BinaryIO

    from abi3build.binaries.image import BinaryFile

__all__ = ["machine_code_of_files", "machine_code_of_wheel"]

_Seen = tuple[tuple[str, MachineCode], ...]


def machine_code_of_wheel(
    path: str | PathLike[str],
    files: Sequence[BinaryFile],
    stream: BinaryIO | None = None,
) -> _Seen:
    """Return what was found in each image of a wheel, with the name of its file."""
    with ZipFile(path if stream is None else stream) as archive:
        return tuple(_look(files, archive.read))


def machine_code_of_files(files: Sequence[BinaryFile]) -> _Seen:
    """Return what was found in each image of loose files."""
    return tuple(_look(files, lambda path: Path(path).read_bytes()))


def _look(
    files: Sequence[BinaryFile], read: Callable[[str], bytes]
) -> Iterator[tuple[str, MachineCode]]:
    for file in files:
        if not file.images:
            continue
        try:
            seen = read_machine_code(read(file.path), file.path)
        except (OSError, KeyError, BadZipFile, EOFError) as fault:
            reason = f"its bytes could not be read again: {fault}"
            seen = tuple(
                MachineCode(image.machine, unread=reason) for image in file.images
            )
        for each in seen:
            yield file.path, each
