"""A wheel's RECORD: the list of the members that installers go by.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

from abi3build.light_typing import NamedTuple

__all__ = ["Record", "parse_record"]


class Record(NamedTuple):
    """Hold what a RECORD lists, or why it cannot be read."""

    names: tuple[str, ...] = ()
    """Sorted; hashes and sizes are left to installers."""

    fault: str = ""


def parse_record(data: bytes) -> Record:
    """Read the names out of a RECORD's lines; nothing that is wrong with it raises."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Record(fault="not UTF-8")
    if '"' in text:
        return _parse_quoted(text)
    lines = filter(None, text.replace("\r", "\n").split("\n"))
    return Record(tuple(sorted({line.partition(",")[0] for line in lines})))


def _parse_quoted(text: str) -> Record:
    import csv
    from io import StringIO

    try:
        names = {row[0] for row in csv.reader(StringIO(text)) if row}
    except csv.Error as fault:
        return Record(fault=f"no list of commas: {fault}")
    return Record(tuple(sorted(names)))
