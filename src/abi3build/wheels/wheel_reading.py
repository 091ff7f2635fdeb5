"""Read a wheel without unpacking it: what it says of itself, and its images."""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter
from os.path import basename
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFile
from abi3build.binaries.magic_number import HEAD_SIZE
from abi3build.errors import MalformedError, UnreadableError
from abi3build.inspection.image_files import read_images
from abi3build.wheels.archive import open_archive, read_beginning, read_if_image
from abi3build.wheels.build_record import FILE_NAME, BuildRecord, parse_build_record
from abi3build.wheels.wheel import (
    Record,
    Wheel,
    parse_module_file,
    parse_record,
    parse_wheel_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import BinaryIO

    from abi3build.wheels.archive import Archive
    from abi3build.wheels.zip_directory import Member

__all__ = ["read_requires_python", "read_wheel"]


_LONGEST_HEADER = 1 << 18
"""In bytes, for the fields of WHEEL and METADATA; the description comes after them."""

_LONGEST_RECORD = 4 << 20
"""In bytes; the longest of 311 real wheels has 282,516."""

_LONGEST_BUILD_RECORD = 1 << 18
"""In bytes: the record of some two thousand modules."""

_END_OF_HEADER = re.compile(rb"(?:\A|\n)\r?\n")


def read_wheel(
    path: str | PathLike[str], stream: BinaryIO | None = None
) -> tuple[Wheel, tuple[BinaryFile, ...]]:
    """Read a wheel's own words and the images among its members.

    If there is a stream, the bytes come from it, and the path is only a name.

    A member that cannot be read becomes a ``BinaryFile`` with its fault.  Raise
    ``UnreadableError`` if the file as a whole is not a wheel.
    """
    filename = basename(path)
    distribution, version, tags = parse_wheel_name(filename)
    with open_archive(path, stream) as archive:
        members = sorted(archive.members, key=attrgetter("name"))
        words = _read_header(archive, filename, members, "WHEEL")
        metadata = _read_header(archive, filename, members, "METADATA")
        record = _read_record(archive, members)
        build_record = _read_build_record(archive, members)
        files = tuple(_read_files(archive, members))
    wheel = Wheel(
        filename=filename,
        distribution=distribution,
        version=version,
        tags=tags,
        recorded_tags=tuple(sorted(_values(words, "Tag"))),
        requires_python=_first(metadata, "Requires-Python"),
        is_purelib=_first(words, "Root-Is-Purelib").lower() == "true",
        dist_info=_dist_info(members),
        recorded_name=_first(metadata, "Name"),
        recorded_version=_first(metadata, "Version"),
        members=tuple(member.name for member in members),
        sizes=tuple(member.size for member in members),
        record=record,
        build_record=build_record,
    )
    return wheel, files


def read_requires_python(path: str | PathLike[str]) -> str:
    """Read what a wheel's METADATA says with ``Requires-Python``; else empty.

    Raise ``UnreadableError`` if the file is not a wheel.
    """
    filename = basename(path)
    with open_archive(path) as archive:
        members = list(archive.members)
        metadata = _read_header(archive, filename, members, "METADATA")
    return _first(metadata, "Requires-Python")


def _dist_info(members: list[Member]) -> str:
    ends = (".dist-info/METADATA", ".dist-info/WHEEL")
    found = (each.name for each in members if each.name.endswith(ends))
    return next((name.partition("/")[0] for name in found if name.count("/") == 1), "")


def _read_header(
    archive: Archive,
    wheel_name: str,
    members: list[Member],
    name: str,
) -> str:
    """Read the fields of a member of ``.dist-info``, each on one line."""
    found = [
        member
        for member in members
        if member.name.count("/") == 1 and member.name.endswith(f".dist-info/{name}")
    ]
    if len(found) != 1:
        count = "no" if not found else str(len(found))
        message = (
            f"{wheel_name}: {count} .dist-info/{name} but a wheel must have one:"
            " build it again"
        )
        raise UnreadableError(message)
    try:
        data = read_beginning(archive, found[0], _LONGEST_HEADER)
        return _header(data)
    except MalformedError as fault:
        message = (
            f"{wheel_name}: {found[0].name} cannot be read ({fault}): build it again"
        )
        raise UnreadableError(message) from None


def _read_record(archive: Archive, members: list[Member]) -> Record:
    for member in members:
        name = member.name
        if name.count("/") == 1 and name.endswith(".dist-info/RECORD"):
            try:
                data = read_beginning(archive, member, _LONGEST_RECORD)
            except MalformedError as fault:
                return Record(fault=str(fault))
            if len(data) == _LONGEST_RECORD:
                return Record(fault=f"more than {_LONGEST_RECORD} bytes")
            return parse_record(data)
    return Record(fault="there is none")


def _read_build_record(archive: Archive, members: list[Member]) -> BuildRecord | None:
    end = f".dist-info/{FILE_NAME}"
    found = [
        member
        for member in members
        if member.name.count("/") == 1 and member.name.endswith(end)
    ]
    if not found:
        return None
    if len(found) > 1:
        return BuildRecord(fault=f"it exists {len(found)} times")
    try:
        data = read_beginning(archive, found[0], _LONGEST_BUILD_RECORD)
    except MalformedError as fault:
        return BuildRecord(fault=str(fault))
    if len(data) == _LONGEST_BUILD_RECORD:
        return BuildRecord(fault=f"more than {_LONGEST_BUILD_RECORD} bytes")
    return parse_build_record(data)


def _header(data: bytes) -> str:
    end = _END_OF_HEADER.search(data)
    if end is None and len(data) == _LONGEST_HEADER:
        message = f"its fields have more than {_LONGEST_HEADER} bytes"
        raise MalformedError(message)
    header = data[: end.start()] if end else data
    text = header.decode("utf-8", "replace")
    return re.sub(r"\r?\n[ \t]+", " ", text)


def _values(header: str, field: str) -> list[str]:
    """Return the values of a field in their order; names of fields have no case.

    https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    lines = (line.partition(":") for line in header.split("\n"))
    return [
        value.strip()
        for name, colon, value in lines
        if colon and name.rstrip(" \t").lower() == field.lower()
    ]


def _first(header: str, field: str) -> str:
    return next(iter(_values(header, field)), "")


def _read_files(archive: Archive, members: list[Member]) -> Iterator[BinaryFile]:
    for name, group in groupby(members, attrgetter("name")):
        read = [_read_member(archive, member) for member in group]
        files = [file for file in read if file is not None]
        if files and len(read) > 1:
            fault = (
                f"it exists {len(read)} times, and installers differ in which one they"
                " use"
            )
            yield BinaryFile(name, fault=fault)
        elif files and _leads_out(name):
            yield BinaryFile(name, fault="its name leads out of the wheel")
        else:
            yield from files


def _leads_out(name: str) -> bool:
    """Tell a name that is not below the folder into which a wheel is installed."""
    folders = name.replace("\\", "/").split("/")
    return not folders[0] or folders[0][1:2] == ":" or ".." in folders


def _read_member(archive: Archive, member: Member) -> BinaryFile | None:
    if member.is_directory:
        return None
    try:
        data = read_if_image(archive, member)
        if data is None:
            if parse_module_file(member.name) is None:
                return None
            # It is called a module and begins like none: the reader says what it is.
            data = read_beginning(archive, member, HEAD_SIZE)
        return BinaryFile(member.name, read_images(data))
    except MalformedError as fault:
        return BinaryFile(member.name, fault=str(fault))
