"""What may stand in the tables of a module, and what too old a Python does with it.

The data beside this module, ``table_entries.txt``, is written by hand from CPython's
headers and from what extensions did on each version; its comments name the sources.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import read_table
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Behavior", "TableEntry", "parse_table_entries", "table_entries"]

_INDENT = "    "


class Behavior(NamedTuple):
    """Say what Pythons before an entry's time do with it."""

    first: PythonVersion
    last: PythonVersion
    harm: str
    """``error``, ``warning`` or ``info``."""

    text: str
    """A clause such as ``it is ignored``."""


class TableEntry(NamedTuple):
    """Describe one number, flag or name that a table may have."""

    kind: str
    """Which field of which table, such as ``type-slot``."""

    key: str
    """What stands in the field: a number, or a name."""

    name: str
    """Its name in C, such as ``Py_tp_token``."""

    since: PythonVersion
    behaviors: tuple[Behavior, ...]
    """Of all versions before it, the oldest first."""

    def behaviors_from(self, floor: PythonVersion) -> tuple[Behavior, ...]:
        """Return what those Pythons do that a floor promises and that are too old."""
        return tuple(
            each._replace(first=max(each.first, floor))
            for each in self.behaviors
            if each.last >= floor
        )


@cache
def table_entries() -> Mapping[tuple[str, str], TableEntry]:
    """Return every entry by its kind and key."""
    text = read_table("table_entries.txt")
    entries = parse_table_entries(text)
    return MappingProxyType({(entry.kind, entry.key): entry for entry in entries})


def parse_table_entries(text: str) -> Iterator[TableEntry]:
    """Read the lines that the data file's first comment describes."""
    entries: list[list[str]] = []
    behaviors: list[list[str]] = []
    for line in [*text.splitlines(), "#"]:
        if line.startswith(_INDENT):
            behaviors.append(line.split(maxsplit=2))
            continue
        if behaviors:
            yield from (_entry(words, behaviors) for words in entries)
            entries, behaviors = [], []
        if line and not line.startswith("#"):
            entries.append(line.split())


def _entry(words: list[str], behaviors: list[list[str]]) -> TableEntry:
    kind, key, name, since = words
    known = PythonVersion.parse(since)
    firsts = [PythonVersion.parse(first) for first, _, _ in behaviors]
    behind = [*firsts[1:], known]
    return TableEntry(
        kind,
        key,
        name,
        known,
        tuple(
            Behavior(first, PythonVersion(next_.major, next_.minor - 1), harm, clause)
            for first, next_, (_, harm, clause) in zip(firsts, behind, behaviors)
        ),
    )
