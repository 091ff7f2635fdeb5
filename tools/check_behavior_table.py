#!/usr/bin/env python3
"""Say what the table of changes lacks of CPython's references, and what is stale in it.

Pass the folders html of one or more references, the newest last: Debian's packages
python3.11-doc, python3.13-doc and so on have them as /usr/share/doc/python3.11/html.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.stable_abi.behavior import all_changes
from behavior_facts.comparing import broken_links, missing, read_reasons, unfounded
from behavior_facts.reference_notes import reference_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is missing and what is stale; return 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("html", nargs="+", type=Path, metavar="FOLDER")
    folders: list[Path] = parser.parse_args(arguments).html
    for folder in folders:
        if not (folder / "c-api").is_dir():
            parser.error(f"{folder}: no folder c-api in it: name the folder html")
    notes = [note for each in folders for note in reference_notes(each / "c-api")]
    changes, reasons = all_changes(), read_reasons()
    lines = [f"missing: {each}" for each in missing(notes, changes, reasons)]
    lines += [f"stale: {each}" for each in unfounded(notes, changes, reasons)]
    lines += [f"link: {each}" for each in broken_links(changes, folders[-1])]
    print("\n".join([*lines, f"{len(notes)} notes read, {len(changes)} facts held"]))
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
