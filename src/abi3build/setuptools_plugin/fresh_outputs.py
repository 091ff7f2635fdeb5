"""Build an extension again unless none of its inputs has changed.

setuptools compares only the times of sources.  Here only the digests of all files that
were read count, so a new checkout or a restored cache builds nothing again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from abi3build.evidence.compiled_units import kept_unit
from abi3build.evidence.shadowing import named_files
from abi3build.setuptools_plugin.stamps import (
    digests_of,
    is_current,
    read_stamp,
    remove_stamp,
    to_portable,
    write_stamp,
)
from abi3build.setuptools_plugin.unit_gate import unit_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.evidence.link_inputs import Link

__all__ = ["remember", "remove_stale"]


def remove_stale(
    build_temp: Path,
    name: str,
    output: Path,
    made_of: Mapping[str, Any],
    declared: Iterable[str | os.PathLike[str]],
) -> bool:
    """Remove an extension's file unless it is what this build would make.

    Return True if it exists and is that.

    setuptools then builds the extension again, because a missing file is not up to
    date.  ``declared`` are the files whose times it compares; if all of them are known
    to be unchanged, the extension's file becomes the newest, so that setuptools builds
    nothing.
    """
    stamp = read_stamp(build_temp, name) if output.exists() else None
    if stamp is None or not is_current(stamp, made_of):
        # It is gone before the link begins, which may be cut short.
        output.unlink(missing_ok=True)
        remove_stamp(build_temp, name)
        return False
    paths = [os.fspath(each) for each in declared]
    if set(map(to_portable, paths)) <= set(stamp.files):
        times = [os.stat(path).st_mtime for path in paths]
        if max(times, default=0.0) > output.stat().st_mtime:
            os.utime(output)
    return True


def remember(
    build_temp: Path,
    name: str,
    made_of: Mapping[str, Any],
    command: Sequence[str] | None,
    link: Link | None,
) -> None:
    """Record what an extension was made from.

    ``command`` is that of the linker, if it ran, and ``link`` is what it read, if that
    was requested.  What was not watched has no stamp, and is always built again.
    """
    if command is None or link is None:
        return
    files = {*link.files, *named_files(command)} - {link.output}
    folders: set[str] = set()
    known: dict[str, str] = {}
    units = set(link.units)
    for file in link.files:
        stamp = unit_stamp(build_temp, file)
        if stamp is not None:
            # From when it was compiled: meanwhile its sources may have been edited.
            known.update(stamp.files)
            folders.update(stamp.folders)
            units.discard(stamp.files.get(to_portable(file), ""))
    for digest in units:
        # Those in static libraries; of any other, something is not known.
        unit = kept_unit(build_temp, digest)
        if unit is None or unit.has_hidden_inputs or _is_linked_by_itself(unit, link):
            return
        files |= unit.all_files
        folders |= unit.all_folders
    digests = {**digests_of(sorted(files)), **known}
    write_stamp(build_temp, name, made_of, digests, folders)


def _is_linked_by_itself(unit: TranslationUnit, link: Link) -> bool:
    return os.path.abspath(unit.object_file) in link.files
