"""A wheel's RECORD: the list of the members that installers go by.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

__all__ = ["Record", "parse_record"]


@dataclass(frozen=True)
class Record:
    """Hold what a RECORD lists, or why it cannot be read."""

    names: tuple[str, ...] = ()
    """Sorted; hashes and sizes are left to installers."""

    fault: str = ""


def parse_record(data: bytes) -> Record:
    """Read the names out of a RECORD's lines; nothing that is wrong with it raises."""
    try:
        lines = io.StringIO(data.decode("utf-8"))
        names = {row[0] for row in csv.reader(lines) if row}
    except UnicodeDecodeError:
        return Record(fault="not UTF-8")
    except csv.Error as fault:
        return Record(fault=f"no list of commas: {fault}")
    return Record(tuple(sorted(names)))
