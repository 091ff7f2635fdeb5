"""The build backend of abi3build itself: setuptools, and an sdist for the same bytes.

setuptools' sdist holds the time of the build, and of each file who has it here, when it
was written and with which rights.  https://reproducible-builds.org/docs/archives/
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_WITHOUT_EPOCH = 315532800
"""The first second of 1980, before which zip files know no time."""


def build_sdist(
    sdist_directory: str, config_settings: dict[str, Any] | None = None
) -> str:
    """Build an sdist whose bytes depend on its sources and SOURCE_DATE_EPOCH alone."""
    name = build_meta.build_sdist(sdist_directory, config_settings)
    # https://reproducible-builds.org/specs/source-date-epoch/
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or _WITHOUT_EPOCH)
    _write_again(Path(sdist_directory, name), seconds)
    return name


def _write_again(path: Path, seconds: int) -> None:
    unpacked = io.BytesIO()
    with (
        tarfile.open(path) as given,
        tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as made,
    ):
        for member in sorted(given.getmembers(), key=lambda member: member.name):
            content = given.extractfile(member) if member.isfile() else None
            made.addfile(_plain(member, seconds), content)
    # gzip keeps a time of its own.
    path.write_bytes(gzip.compress(unpacked.getvalue(), mtime=seconds))


def _plain(member: tarfile.TarInfo, seconds: int) -> tarfile.TarInfo:
    """Return a member without what differs from machine to machine."""
    plain = tarfile.TarInfo(member.name)
    plain.type, plain.linkname, plain.size = member.type, member.linkname, member.size
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    plain.mtime = seconds
    return plain
