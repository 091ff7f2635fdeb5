"""Tell which units need no compile, because their inputs are unchanged.

A unit is identified by its object.  Its stamp contains the command, the programs, the
variables that compilers read, and the digest of every file that the compile read.  File
times do not count, so a new checkout or a restored cache compiles nothing again.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from abi3build.evidence.compiled_units import digest_of, kept_unit
from abi3build.evidence.shadowing import include_folders, named_files
from abi3build.evidence.watched_commands import expanded_words
from abi3build.setuptools_plugin.stamps import (
    command_ingredients,
    digests_of,
    is_current,
    read_stamp,
    remove_stamp,
    to_portable,
    write_stamp,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.setuptools_plugin.stamps import Stamp

__all__ = ["UnitGate", "unit_stamp"]

_READS_OR_LEAVES_MORE = re.compile(
    r"-f(?:auto-profile|branch-probabilities|module|plugin|profile|save-optimization)"
    r"|-ftest-coverage|--coverage|-gsplit-dwarf|-save-temps|--save-temps|-include-pch"
    r"|-fcallgraph-info|-fdump-|-fstack-usage|-fmemory-profile|-Wa,-a|-stats"
)
"""Options by which a compile reads what no dependency file names, or leaves more files.

https://gcc.gnu.org/onlinedocs/gcc/Option-Summary.html
"""


def unit_stamp(build_temp: Path, object_file: str) -> Stamp | None:
    """Return the stamp of an object, by its absolute path; None if there is none."""
    return read_stamp(build_temp, _name(object_file))


class UnitGate:
    """Decide whether one compile has to be run."""

    def __init__(
        self, build_temp: Path, object_file: str, words: Sequence[str], wanted: str
    ) -> None:
        """Take the object's absolute path, the command and what is to be proven."""
        self._build_temp = build_temp
        self._object = object_file
        self._expanded = list(expanded_words(words))
        # From before: what runs beside the compile may change the environment.
        self._made_of = {**command_ingredients(words), "wanted": wanted}
        self._began = time.time_ns()

    def unit_from_before(self) -> TranslationUnit | None:
        """Return the unit whose object is up to date; None if it must be compiled.

        Its stamp is then removed, in case the compile does not end.
        """
        stamp = unit_stamp(self._build_temp, self._object)
        if stamp is not None and is_current(stamp, self._made_of):
            digest = stamp.files.get(to_portable(self._object), "")
            unit = kept_unit(self._build_temp, digest)
            if unit is not None:
                return unit
        if stamp is not None:
            remove_stamp(self._build_temp, _name(self._object))
        return None

    def remember(self, unit: TranslationUnit) -> None:
        """Record what a compile that just ended has read and made."""
        if unit.has_hidden_inputs:
            return
        if any(map(_READS_OR_LEAVES_MORE.match, self._expanded)):
            return
        read = {*unit.own_files, *unit.other_files, *named_files(self._expanded)}
        if any(_changed(name) >= self._began for name in unit.own_files):
            # It is unknown whether the compiler read it before or after.
            return
        folders = {*unit.all_folders, *include_folders(self._expanded)}
        digests = digests_of([*read, self._object])
        name = _name(self._object)
        write_stamp(self._build_temp, name, self._made_of, digests, folders)


def _name(object_file: str) -> str:
    return f"unit {digest_of(object_file.encode(errors='surrogateescape'))}"


def _changed(name: str) -> int:
    try:
        return os.stat(name).st_mtime_ns
    except OSError:
        return time.time_ns()
