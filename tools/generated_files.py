"""Write generated files, or tell which of them are stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["write_or_compare"]

_ROOT = Path(__file__).parents[1]


def write_or_compare(
    tool: str, files: Mapping[str, str], arguments: Sequence[str] | None = None
) -> int:
    """Write the files, by their paths in the checkout; return the exit status.

    With ``--check`` nothing is written, and the status is 1 if any file is stale.
    """
    parser = argparse.ArgumentParser(prog=tool, allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args(arguments).check
    stale = [
        name
        for name, text in files.items()
        if not (_ROOT / name).is_file()
        or (_ROOT / name).read_text(encoding="utf-8") != text
    ]
    for name in stale:
        if check:
            sys.stderr.write(f"{name} is stale: run tools/{tool}\n")
        else:
            (_ROOT / name).write_bytes(files[name].encode())
    return int(check and bool(stale))
