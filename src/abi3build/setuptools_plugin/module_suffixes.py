"""The ends of the file names of extension modules, as Python and projects give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_made", "suffix_of_python"]

_STABLE_SUFFIX = re.compile(r"\.(?:abi3t?(?:-[-\w]+)?\.so|pyd)$")
"""What ``importlib.machinery.EXTENSION_SUFFIXES`` has for the stable ABI."""

_PLAIN_SUFFIX = ".so"


def is_made(path: Path) -> bool:
    """Tell whether a module exists, with whatever suffix the project uses."""
    stem = path.name.partition(".")[0]
    return path.exists() or any(
        each.suffix in {".dll", ".pyd", ".so"} for each in path.parent.glob(f"{stem}.*")
    )


def suffix_of_python(filename: str, builders: str) -> str:
    """Return the end of a file name if it comes from Python, else an empty text.

    ``builders`` is the suffix of the Python that runs the build.
    """
    if builders != _PLAIN_SUFFIX and builders and filename.endswith(builders):
        return builders
    match = _STABLE_SUFFIX.search(filename)
    return match[0] if match else ""
