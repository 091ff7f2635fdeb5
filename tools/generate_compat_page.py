#!/usr/bin/env python3
"""Write the compatibility header's names and docs/compat.md from the table of names.

``src/abi3build/compat/offered.txt`` is the only place where a name is described.  With
``--check`` nothing is written and the exit status tells whether both files are fresh.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.compat.offered_names import all_offered_names
from generated_files import write_or_compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.compat.offered_names import OfferedName
    from abi3build.versions import PythonVersion

__all__ = ["main"]

_HEADER_FILE = "src/abi3build/include/abi3build_compat/names.h"
_PAGE_FILE = "docs/compat.md"
_TEMPLATE = Path(__file__).parent / "compat_page.md"
_LONGEST = 90
_HEADER_HEAD = """\
/* The names of the full API, in front of what stands in for them here.

   Written by tools/generate_compat_page.py from compat/offered.txt. */

"""
_PAGE_HEAD = (
    "<!-- Written by tools/generate_compat_page.py from tools/compat_page.md and"
    " src/abi3build/compat/offered.txt: change those, then run it. -->\n\n"
)


def main(arguments: list[str] | None = None) -> int:
    """Write both files, or compare them; return the exit status."""
    return write_or_compare(
        "generate_compat_page.py",
        {_HEADER_FILE: header(), _PAGE_FILE: page()},
        arguments,
    )


def header() -> str:
    """Return the text of ``names.h``."""
    parts = [_HEADER_HEAD]
    names = [each for each in all_offered_names() if not each.is_header]
    for condition, group in groupby(names, key=_condition):
        definitions = "".join(map(_definition, group))
        parts.append(
            f"#if {condition}\n{definitions}#endif\n" if condition else definitions
        )
    return "".join(parts)


def _condition(each: OfferedName) -> str:
    """Return when a name is offered, in terms of the preprocessor; empty if always."""
    parts = []
    if each.limit is not None:
        parts.append(f"ABI3BUILD_BELOW({each.limit.hex})")
    if each.floor > (3, 9):
        parts.append(f"!ABI3BUILD_BELOW({each.floor.hex})")
    if each.since > (3, 9) and not each.is_early:
        known = "ABI3BUILD_KNOWN({})" if each.is_backport else "PY_VERSION_HEX >= {}"
        parts.append(known.format(each.since.hex))
    if each.until is not None:
        parts.append(f"PY_VERSION_HEX < {_next(each.until).hex}")
    return " && ".join(parts)


def _next(version: PythonVersion) -> PythonVersion:
    return version._replace(minor=version.minor + 1)


def _definition(each: OfferedName) -> str:
    signature = each.name
    if each.parameters is not None:
        signature = f"{each.name}({each.parameters})"
    line = f"#  define {signature} {each.expansion}\n"
    if len(line) > _LONGEST:
        line = f"#  define {signature} \\\n     {each.expansion}\n"
    if each.redefines:
        return f"#undef {each.name}\n{line}"
    return f"#ifndef {each.name}\n{line}#endif\n"


def page() -> str:
    """Return the text of the page: what people wrote, then a table for each area."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    count = len({each.name for each in all_offered_names() if not each.is_header})
    text = template.replace("{count}", str(count))
    return f"{_PAGE_HEAD}{text}\n" + "\n".join(_tables())


def _tables() -> Iterator[str]:
    for area, group in groupby(all_offered_names(), key=lambda each: each.area):
        rows = [_row(each) for each in group]
        yield "\n".join(
            [
                f"### {area}\n",
                "| name | made of | floors | headers | what differs |",
                "|---|---|---|---|---|",
                *rows,
                "",
            ]
        )


def _row(each: OfferedName) -> str:
    cells = (
        f"`{each.name}`",
        each.by.replace("|", "\\|"),
        _floors(each),
        _headers(each),
        each.remark,
    )
    return f"| {' | '.join(cells)} |"


def _floors(each: OfferedName) -> str:
    if each.is_header:
        return "all"
    lowest = f"from {each.floor}" if each.floor > (3, 9) else ""
    highest = f"below {each.limit}" if each.limit is not None else ""
    return ", ".join(filter(None, (lowest, highest))) or "all"


def _headers(each: OfferedName) -> str:
    star = "\\*" if each.is_backport else ""
    if each.until is None:
        return (
            "all"
            if each.is_early or each.since == (3, 9)
            else f"{each.since}{star} and later"
        )
    if each.since == each.until:
        return str(each.since)
    return f"{each.since}{star} to {each.until}"


if __name__ == "__main__":
    sys.exit(main())
