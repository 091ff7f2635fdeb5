"""Read what a linker takes: object files, and archives of them.

Archives come in three dialects, told apart by how they write long names:
https://man.freebsd.org/cgi/man.cgi?query=ar&sektion=5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.magic_number import image_format
from abi3build.binaries.pe.coff import is_coff_object, read_coff
from abi3build.errors import MalformedError
from abi3build.inspection.image_files import inspected, read_images

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from abi3build.binaries.image import Image

__all__ = ["ObjectFile", "is_archive", "read_objects"]


_ARCHIVE, _THIN_ARCHIVE = b"!<arch>\n", b"!<thin>\n"
_MEMBER_HEADER = 60
_BIT_CODE = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
"""LLVM's intermediate code, plain and wrapped: https://llvm.org/docs/BitCodeFormat.html"""

_SLIM = b"__gnu_lto_slim"
"""The symbol of a GCC object without machine code: see -fno-fat-lto-objects."""

_TABLES = {b"/", b"//", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED"}


class ObjectFile(NamedTuple):
    """Describe one object, alone or in an archive."""

    name: str
    """The path, with the archive's member as in ``libx.a(member.o)``."""

    images: tuple[Image, ...]
    data: bytes = b""
    is_hidden: bool = False
    """True for the intermediate code of link-time optimization, which tells nothing."""

    fault: str = ""
    """Why it could not be read; empty if it could."""


def is_archive(data: bytes) -> bool:
    """Tell whether a file holds object files."""
    return data.startswith((_ARCHIVE, _THIN_ARCHIVE))


def read_objects(
    path: Path, members: Collection[str] | None = None
) -> tuple[ObjectFile, ...]:
    """Read an object file or an archive; return nothing for other files.

    ``members`` are the names of the wanted members of an archive.  Without it, and for
    thin archives, whose members have no names, all are read.  Raise ``OSError`` if the
    file cannot be read.
    """
    data = path.read_bytes()
    if not is_archive(data):
        return tuple(_object(str(path), data))
    wanted = None if data.startswith(_THIN_ARCHIVE) else members
    if wanted is not None and not wanted:
        # The compiler's own library is in every link, and has hundreds of members.
        return ()
    return tuple(
        each
        for member, content in _members(path, data)
        if wanted is None or member in wanted
        for each in _object(f"{path}({member})", content)
    )


def _object(name: str, data: bytes) -> Iterator[ObjectFile]:
    if data.startswith(_BIT_CODE) or _SLIM in data:
        yield ObjectFile(name, (), data, is_hidden=True)
        return
    try:
        if image_format(data[:_MEMBER_HEADER]) is not None:
            images = read_images(data)
        elif is_coff_object(data):
            images = (inspected(read_coff(data)),)
        else:
            return
    except MalformedError as error:
        yield ObjectFile(name, (), data, fault=str(error))
        return
    if not any(image.is_shared_library for image in images):
        yield ObjectFile(name, images, data)


def _members(path: Path, data: bytes) -> Iterator[tuple[str, bytes]]:
    is_thin = data.startswith(_THIN_ARCHIVE)
    long_names = b""
    at = len(_ARCHIVE)
    while at + _MEMBER_HEADER <= len(data):
        header = data[at : at + _MEMBER_HEADER]
        at += _MEMBER_HEADER
        name, size = header[:16].rstrip(), header[48:58].strip()
        if not size.isdigit():
            return
        # A thin archive only names its members, except for its own tables:
        # https://sourceware.org/binutils/docs/binutils/ar.html
        has_content = not is_thin or name in _TABLES
        length = int(size) if has_content else 0
        content = data[at : at + length]
        # Members start at even offsets.
        at += length + length % 2
        if name == b"//":
            long_names = content
        name, content = _long_name(name, content, long_names)
        if name not in _TABLES and name != b"":
            text = name.decode("utf-8", "backslashreplace")
            yield text, content if has_content else _outside(path.parent / text)


def _long_name(name: bytes, content: bytes, names: bytes) -> tuple[bytes, bytes]:
    if name.startswith(b"#1/") and name[3:].isdigit():
        length = int(name[3:])
        return content[:length].rstrip(b"\0"), content[length:]
    if name[:1] == b"/" and name[1:].isdigit():
        text = names[int(name[1:]) :].partition(b"\n")[0]
        return text.rstrip(b"/"), content
    return (name if name in _TABLES else name.rstrip(b"/")), content


def _outside(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
