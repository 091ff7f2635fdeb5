#!/usr/bin/env python3
"""Compare what every version's Python.h makes of each name under each limit.

Writes ``header_facts/footprints.txt`` and the list of ``docs/headers.md``, or compares
them.  Releases whose folders are not given keep what the table says of them::

    tools/generate_header_table.py --headers /usr/include/python3.11 --check

A release that the table does not know is compared with what it knows of the name.  What
no headers did before has to be looked at, and judged in the file ``judgements.txt``.
"""

from __future__ import annotations

import argparse
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from header_facts import table as tables
from header_facts.footprints import footprints
from header_facts.judgements import VERDICTS, read_judgements
from header_facts.preprocessing import preprocess

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = ["main"]

_TOOLS = Path(__file__).parent
_DATA = _TOOLS / "header_facts" / "footprints.txt"
_PAGE = _TOOLS.parent / "docs" / "headers.md"
_LIST = "<!-- Written by tools/generate_header_table.py from here on. -->\n"
_HEAD = """\
# What each public name of CPython's headers does outside of a unit: what it calls, the
# data and fields that it reads or writes, its numbers; and where: with which headers,
# under which limits.  Written by tools/generate_header_table.py on 64-bit Linux.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write table and page, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument(
        "--headers", type=Path, action="append", default=[], help="a release's folder"
    )
    options = parser.parse_args(arguments)
    old = tables.parse_table(_DATA.read_text("utf-8")) if _DATA.exists() else {}
    read = _read(options.headers)
    faults = list(_changes(old, read)) if options.check else []
    new = old if options.check else _merged(old, read)
    faults += _unjudged(new)
    if not options.check:
        _DATA.write_text(_HEAD + tables.format_table(new), encoding="utf-8")
        _PAGE.write_text(_page(), encoding="utf-8")
    elif _PAGE.read_text(encoding="utf-8") != _page():
        faults.append(f"{_PAGE.name} is stale: run tools/generate_header_table.py")
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return int(bool(faults))


def _read(folders: Iterable[Path]) -> tables.Table:
    """Read each folder under each limit; two compilers run at a time."""
    table: tables.Table = {}
    jobs = [
        (release, limit, folder)
        for folder in folders
        for release in [_release(folder)]
        for limit in tables.limits_of(release)
    ]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda job: footprints(preprocess([job[2]], job[1])), jobs)
        for (release, limit, _), names in zip(jobs, found):
            for name, footprint in names.items():
                table.setdefault((name, footprint), set()).add((release, limit.minor))
    return table


def _release(folder: Path) -> str:
    text = (folder / "patchlevel.h").read_text(encoding="utf-8")
    found = re.search(r'#define PY_VERSION\s+"([\d.]+)', text)
    if found is None:
        message = f"{folder}: patchlevel.h names no release"
        raise SystemExit(message)
    return found[1]


def _merged(old: tables.Table, read: tables.Table) -> tables.Table:
    kept = tables.without(old, set(tables.releases_of(read)))
    return {
        key: kept.get(key, set()) | read.get(key, set()) for key in kept.keys() | read
    }


def _changes(old: tables.Table, read: tables.Table) -> Iterable[str]:
    """Say what is read otherwise than the table says, or as no headers before."""
    known = set(tables.releases_of(old))
    for (name, footprint), places in sorted(read.items()):
        before = old.get((name, footprint), set())
        fresh = {
            (release, limit)
            for release, limit in places - before
            if release in known or limit not in {each for _, each in before}
        }
        if fresh:
            release, limit = min(fresh)
            yield (
                f"{name} under the limit 3.{limit} is new with headers of {release}:"
                f" {footprint}; look at it, and run tools/generate_header_table.py"
            )


def _unjudged(table: tables.Table) -> list[str]:
    through, judgements = read_judgements()
    judged = {name for each in judgements for name in each.names}
    found = tables.differences(table)
    faults = [
        f"{name} differs and is not judged: {footprint}, {min(places)}"
        for name in sorted(found.keys() - judged)
        for (_, footprint), places in found[name].items()
    ]
    faults += [f"{name} is judged and differs nowhere" for name in judged - set(found)]
    newest = tables.releases_of(table)[-1]
    if newest.split(".")[1] != str(through):
        faults.append(f"judgements.txt goes through 3.{through}, headers to {newest}")
    return sorted(faults)


def _page() -> str:
    """Return the page: its text by hand, then each judgement under its verdict."""
    text = _PAGE.read_text(encoding="utf-8").partition(_LIST)[0] + _LIST
    _, judgements = read_judgements()
    for verdict, meaning in VERDICTS.items():
        text += f"\n### {verdict.capitalize()}\n\n{meaning}\n\n"
        for each in judgements:
            if each.verdict == verdict:
                names = ", ".join(f"`{name}`" for name in each.names)
                text += f"- {names}: {each.text}\n"
    return text


if __name__ == "__main__":
    sys.exit(main())
