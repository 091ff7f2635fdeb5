#!/usr/bin/env python3
"""Write docs/gallery.md from tests/corpus/wheels.json: real projects and their wheels.

Each number is of files that the tests audit.  With ``--check`` nothing is written and
the exit status tells whether the page is what would be written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from abi3build.versions import NEWEST_KNOWN, PythonVersion
from abi3build.wheels.wheel import parse_wheel_name, promise_of
from generated_files import write_or_compare

__all__ = ["main", "page"]

_ROOT = Path(__file__).parents[1]
_CORPUS = _ROOT / "tests" / "corpus" / "wheels.json"
_PLATFORMS_AT_LEAST = 3
_HEAD = f"""\
<!-- Written by tools/generate_gallery_page.py from tests/corpus/wheels.json: change
those, then run it. -->

# Real projects

These projects publish abi3 wheels on the package index, each built with a tool of its
own choice. abi3build's tests download the files, check their hashes and audit them.
Every number below is about those files, so anyone can check it.

- *wheels*: how many abi3 wheels of the release are audited, each for another platform
  or kind of Python. A release may have more.
- *otherwise*: how many wheels it takes to serve the same Pythons and platforms, up to
  Python {NEWEST_KNOWN}, if each is built for one version.
- *floor*: the oldest Python that the tags promise, and in brackets the oldest that the
  symbols would allow, if that is lower.
- *kept*: how many keep their promise, which `abi3build audit` tells by the symbols of
  finished files.

| project | wheels | otherwise | floor | kept |
|---|---|---|---|---|
"""


class _Release(NamedTuple):
    project: str
    version: str
    wheels: list[dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it; return the exit status."""
    return write_or_compare(
        "generate_gallery_page.py", {"docs/gallery.md": page()}, arguments
    )


def page() -> str:
    """Return the page in Markdown: a row for each project, by name."""
    return _HEAD + "".join(map(_row, _releases()))


def _releases() -> list[_Release]:
    """Return the newest release of each project of which several wheels are audited."""
    found: dict[str, dict[Version, list[dict[str, Any]]]] = {}
    for wheel in json.loads(_CORPUS.read_text(encoding="utf-8"))["wheels"]:
        if promise_of(parse_wheel_name(wheel["filename"])[2]) is None:
            continue
        versions = found.setdefault(canonicalize_name(wheel["project"]), {})
        versions.setdefault(Version(wheel["version"]), []).append(wheel)
    newest = (
        _Release(str(project), wheels[-1][0]["version"], wheels[-1])
        for project, versions in found.items()
        for wheels in [[versions[each] for each in sorted(versions)]]
    )
    enough = (each for each in newest if len(each.wheels) >= _PLATFORMS_AT_LEAST)
    return sorted(enough, key=lambda release: release.project)


def _row(release: _Release) -> str:
    served: set[tuple[str, str]] = set()
    floors = set()
    for wheel in release.wheels:
        tags = parse_wheel_name(str(wheel["filename"]))[2]
        promise = promise_of(tags)
        if promise is None:
            continue
        floors.add(promise.floor)
        platform = ".".join(tags.platforms)
        for minor in range(promise.floor.minor, NEWEST_KNOWN.minor + 1):
            kinds = "" if promise.gil_enabled else "t", "t" * promise.free_threaded
            served.update((f"{minor}{kind}", platform) for kind in kinds)
    link = f"https://pypi.org/project/{release.project}/{release.version}/#files"
    lowest = max(_lowest(wheel) for wheel in release.wheels)
    allowed = f" ({lowest})" if lowest < min(floors) else ""
    return (
        f"| [{release.project} {release.version}]({link}) | {len(release.wheels)}"
        f" | {len(served)} | {min(floors)}{allowed} | {_verdict(release)} |\n"
    )


def _lowest(wheel: dict[str, Any]) -> PythonVersion:
    return PythonVersion.parse(wheel["expected"]["lowest_floor"] or "3.2")


def _verdict(release: _Release) -> str:
    kept = sum(wheel["expected"]["keeps_promise"] for wheel in release.wheels)
    if kept == len(release.wheels):
        return "all"
    return f"{kept} of {len(release.wheels)}"


if __name__ == "__main__":
    sys.exit(main())
