"""Read a wheel without unpacking it: each member at most once, never to the disk."""

from __future__ import annotations

import email.parser
import email.policy
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from abi3build.binaries.image import BinaryFile
from abi3build.binaries.reading import HEAD_SIZE, image_format, read_images
from abi3build.errors import MalformedError, UnreadableError
from abi3build.wheels.naming import parse_module_file
from abi3build.wheels.wheel import Wheel, parse_wheel_name

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

__all__ = ["read_wheel"]

_LARGEST_METADATA = 16 * 1024 * 1024
_LARGEST_IMAGE = 4 * 1024 * 1024 * 1024

_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What ``zipfile`` raises for broken, encrypted and unknown members alike."""


def read_wheel(path: Path) -> tuple[Wheel, tuple[BinaryFile, ...]]:
    """Read a wheel's own words and the images among its members.

    A member that cannot be read becomes a ``BinaryFile`` with its fault.  Raise
    ``UnreadableError`` where the file as a whole is no wheel.
    """
    distribution, version, tags = parse_wheel_name(path.name)
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        message = f"{path}: no such file: check the path"
        raise UnreadableError(message) from None
    except _ZIP_FAULTS as fault:
        message = f"{path.name}: not a readable zip file ({fault}): build it again"
        raise UnreadableError(message) from None
    with archive:
        members = sorted(archive.infolist(), key=lambda member: member.filename)
        words = _read_metadata(archive, path.name, members, "WHEEL")
        metadata = _read_metadata(archive, path.name, members, "METADATA")
        files = [_read_member(archive, member) for member in members]
    wheel = Wheel(
        filename=path.name,
        distribution=distribution,
        version=version,
        tags=tags,
        recorded_tags=tuple(sorted(words.get_all("Tag", []))),
        root_is_purelib=words.get("Root-Is-Purelib", "").strip().lower() == "true",
        requires_python=str(metadata.get("Requires-Python", "")).strip(),
        members=tuple(member.filename for member in members),
    )
    return wheel, tuple(file for file in files if file is not None)


def _read_metadata(
    archive: zipfile.ZipFile,
    wheel_name: str,
    members: list[zipfile.ZipInfo],
    name: str,
) -> Message:
    found = [
        member
        for member in members
        if member.filename.count("/") == 1
        and member.filename.endswith(f".dist-info/{name}")
    ]
    if len(found) != 1:
        count = "no" if not found else str(len(found))
        message = (
            f"{wheel_name}: {count} .dist-info/{name} where a wheel has one:"
            " build it again"
        )
        raise UnreadableError(message)
    try:
        with archive.open(found[0]) as stream:
            data = stream.read(_LARGEST_METADATA)
    except _ZIP_FAULTS as fault:
        message = (
            f"{wheel_name}: {found[0].filename} cannot be read ({fault}):"
            " build it again"
        )
        raise UnreadableError(message) from None
    text = data.decode("utf-8", "replace")
    return email.parser.Parser(policy=email.policy.compat32).parsestr(
        text, headersonly=True
    )


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> BinaryFile | None:
    if member.is_dir():
        return None
    try:
        with archive.open(member) as stream:
            data = _read_if_image(stream, member)
    except _ZIP_FAULTS as fault:
        return BinaryFile(member.filename, fault=_first_line(fault))
    if data is None:
        return None
    try:
        return BinaryFile(member.filename, read_images(data))
    except MalformedError as fault:
        return BinaryFile(member.filename, fault=str(fault))


def _read_if_image(stream: IO[bytes], member: zipfile.ZipInfo) -> bytes | None:
    head = stream.read(HEAD_SIZE)
    if image_format(head) is None and not parse_module_file(member.filename):
        return None
    if member.file_size > _LARGEST_IMAGE:
        message = f"{member.file_size} bytes, more than any image that is read"
        raise ValueError(message)
    # A member may inflate to more than its header says; zipfile stops there.
    return head + stream.read()


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]
