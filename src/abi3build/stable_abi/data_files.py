"""Read the tables of this folder, which are text files beside the modules."""

from __future__ import annotations

import os

__all__ = ["read_table"]


def read_table(name: str) -> str:
    """Give the text of a table by its file's name."""
    path = os.path.join(os.path.dirname(__file__), name)
    with open(path, encoding="utf-8") as file:
        return file.read()
