#!/usr/bin/env python3
"""Write which names later headers deprecate or drop, or compare that with headers.

Writing ``stable_abi/header_changes.txt`` takes the headers of every version that the
table is about; comparing takes any of them.  Without any, the table is only held
against ``behavior.txt``, which has to say the same::

    tools/generate_header_changes.py --headers /usr/include/python3.11 --check
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.stable_abi import header_changes as table_module
from abi3build.stable_abi.header_changes import (
    FIRST_HEADERS,
    format_header_changes,
    parse_header_changes,
)
from abi3build.versions import NEWEST_KNOWN, PythonVersion
from behavior_facts.declared_under_floors import read_under_floors
from behavior_facts.header_differences import (
    found_changes,
    what_is_stale,
    without_fact,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_TABLE = Path(table_module.__file__).with_name("header_changes.txt")
_HEAD = """\
# The names that headers of 3.9 to 3.15 deprecate, or that only older ones of them
# declare, one a line: name, since when Py_DEPRECATED says so, and for runs of headers
# (minor versions of Python 3) from which floor they declare it, and deprecate it.
# Written by tools/generate_header_changes.py from headers on Linux.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table, or compare it; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument(
        "--headers", type=Path, action="append", default=[], help="a version's folder"
    )
    options = parser.parse_args(arguments)
    read = sorted(map(read_under_floors, options.headers))
    if read and not options.check:
        wanted = range(FIRST_HEADERS.minor, NEWEST_KNOWN.minor + 1)
        missing = {PythonVersion(3, minor) for minor in wanted} - {
            each.version for each in read
        }
        if missing:
            names = ", ".join(map(str, sorted(missing)))
            parser.error(f"no headers of {names}: name their folders with --headers")
        text = _HEAD + format_header_changes(found_changes(read))
        _TABLE.write_text(text, encoding="ascii")
    known = list(parse_header_changes(_TABLE.read_text(encoding="ascii")))
    faults = [*what_is_stale(known, read), *without_fact(known)]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
