"""A wheel's RECORD: the list of the members that installers go by.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Record", "parse_record"]


class Record(NamedTuple):
    """Hold what a RECORD lists, or why it cannot be read."""

    entries: tuple[tuple[str, str], ...] = ()
    """Pairs of a name and a size as it is written, sorted; hashes are left out."""

    fault: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Give the names that it lists."""
        return frozenset(name for name, _ in self.entries)


def parse_record(data: bytes) -> Record:
    """Read the lines of a RECORD; nothing that is wrong with it raises."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Record(fault="not UTF-8")
    if '"' in text:
        return _parse_quoted(text)
    lines = filter(None, text.replace("\r", "\n").split("\n"))
    return _record(line.split(",") for line in lines)


def _parse_quoted(text: str) -> Record:
    import csv
    from io import StringIO

    try:
        return _record(filter(None, csv.reader(StringIO(text))))
    except csv.Error as fault:
        return Record(fault=f"no list of commas: {fault}")


def _record(rows: Iterable[list[str]]) -> Record:
    return Record(tuple(sorted({(row[0], "".join(row[2:3])) for row in rows})))
