"""Write ``docs/behavior.md`` from the table of changes, or check that it is fresh."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.stable_abi.behavior import all_changes
from generated_files import write_or_compare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.versions import PythonVersion

__all__ = ["main", "render"]

HEADER = """\
<!-- Written by tools/generate_behavior_page.py from stable_abi/behavior.txt. -->

# What changed in the stable ABI

A binary for the stable ABI finds the same names on every Python from its floor up, but
a call may still have a different result. This page lists what CPython's documentation,
its headers and runs on real interpreters show, first by version, then by name.

- **fails below**: a call that works since that version; older ones reject it or crash.
- **fails from**: a call that older versions accepted.
- **differs from**: the same call has another result or effect.
- **takes more from**: it accepts objects that programs for older versions cannot have.
- **deprecated from**: it works, but the documentation or a compiler advises against it.
- **no longer compiles from**: binaries still find it, but no header declares it.
- **rarely**: only unusual programs notice; the text says which.

`abi3build symbol NAME --min-python 3.9` prints the lines for one name, and
`abi3build audit --verbose` those for all names that a wheel uses
([ABI502](rules.md#abi502-behavior-changed)).

"""


def render() -> str:
    """Return the whole page."""
    changes = all_changes()
    return f"{HEADER}{_by_version(changes)}\n{_by_name(changes)}"


def _by_version(changes: Iterable[BehaviorChange]) -> str:
    def version(change: BehaviorChange) -> PythonVersion:
        return change.version

    lines = ["## By version\n"]
    newest_first = sorted(changes, key=version, reverse=True)
    for number, group in groupby(newest_first, version):
        lines.append(f"\n### {number}\n\n")
        alike: dict[tuple[str, str], list[BehaviorChange]] = {}
        for change in sorted(group, key=lambda each: each.name):
            alike.setdefault((change.when, change.text), []).append(change)
        for (said, text), them in alike.items():
            names = ", ".join(f"[`{each.name}`]({each.documentation})" for each in them)
            lines.append(f"- {names}: {said}: {_plain(text)}\n")
    return "".join(lines)


def _by_name(changes: Iterable[BehaviorChange]) -> str:
    lines = ["## By name\n\n"]
    for name, group in groupby(changes, lambda each: each.name):
        lines.append(f"- `{name}`\n")
        lines += [f"  - {each.when}: {_plain(each.text)}\n" for each in group]
    return "".join(lines)


def _plain(text: str) -> str:
    """Return a text in which Markdown finds nothing of its own."""
    return text.replace("_", r"\_").replace("*", r"\*")


def main() -> int:
    """Write the page, or compare it; return the exit status."""
    return write_or_compare("generate_behavior_page.py", {"docs/behavior.md": render()})


if __name__ == "__main__":
    sys.exit(main())
