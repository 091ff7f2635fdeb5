"""Read the tables of this folder, which are text files beside the modules."""

from __future__ import annotations

import os
from itertools import repeat

__all__ = ["lines_by_name", "read_table"]


def read_table(name: str) -> str:
    """Give the text of a table by its file's name."""
    path = os.path.join(os.path.dirname(__file__), name)
    with open(path, encoding="utf-8") as file:
        return file.read()


def lines_by_name(text: str) -> dict[str, str]:
    """Give the rest of each line by its first word; comments begin with ``#``.

    Only the few lines that are asked for are parsed further: most runs need none.
    """
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return dict(map(str.split, lines, repeat(" "), repeat(1)))
