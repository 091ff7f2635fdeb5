"""``abi3build port``: what stands between a source tree and the stable ABI."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.commands.shared_arguments import add_output
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.sources.obstacles import ObstacleKind
from abi3build.sources.porting import LIBRARIES
from abi3build.wording import on_one_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from abi3build.commands import Outcome
    from abi3build.sources.obstacles import Obstacle
    from abi3build.sources.porting import PortReport

__all__ = ["add_arguments", "render_json", "render_text", "run"]


def render_text(report: PortReport) -> str:
    """Render a block for each file, each hint once, and a summary."""
    lines: list[str] = []
    told: set[str] = set()
    file = ""
    for each in report.obstacles:
        if each.file != file:
            file = each.file
            lines.append(file)
        lines.append(f"  {each.line}: {each.name}: {each.why}")
        lines += [f"      {line}" for line in _hints(each, told)]
    lines += [f"{name}: left out, {reason}" for name, reason in report.skipped]
    lines += [f"{library}: {LIBRARIES[library]}" for library in report.libraries]
    lines += _summary(report)
    return "".join(f"{on_one_line(line)}\n" for line in lines)


def render_json(report: PortReport) -> str:
    """Render the report as one versioned document, ending with a newline."""
    possible = report.possible_floor
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "floor": str(report.floor),
        "possible_floor": str(possible) if possible else None,
        "files": report.files,
        "obstacles": [
            {**asdict(each), "kind": each.kind.value} for each in report.obstacles
        ],
        "counts": _counts(report),
        "libraries": {name: LIBRARIES[name] for name in report.libraries},
        "skipped": dict(report.skipped),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _hints(each: Obstacle, told: set[str]) -> Iterator[str]:
    """Give what to do, once for each name, however often it is used."""
    if each.name in told:
        return
    told.add(each.name)
    if each.instead:
        yield f"use {each.instead}"
    if each.note:
        yield each.note
    if each.documentation:
        yield each.documentation


def _summary(report: PortReport) -> Iterator[str]:
    files = "1 file" if report.files == 1 else f"{report.files} files"
    count = len(report.obstacles)
    if not count:
        yield (
            f"{files}: nothing stands between them and the stable ABI of Python"
            f" {report.floor}; the compiler and the audit have the last word"
        )
        return
    places = "1 place" if count == 1 else f"{count} places"
    kinds = ", ".join(f"{kind} {number}" for kind, number in _counts(report).items())
    yield f"{files}: {places} to change for Python {report.floor} ({kinds})"
    settling = report.settling_floor
    if settling is not None:
        what = "all of them" if report.possible_floor else "what is newer"
        yield f'min-python = "{settling}" settles {what}'
    if report.possible_floor is None:
        yield (
            "the others have to change whatever the floor is"
            if settling
            else ("they have to change whatever the floor is")
        )


def _counts(report: PortReport) -> dict[str, int]:
    counts = Counter(each.kind for each in report.obstacles)
    return {kind.value: counts[kind] for kind in ObstacleKind if counts[kind]}


_DEFAULT_FLOOR = "3.9"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help="C, C++ and Cython sources or folders with them; the working folder",
    )
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        default=_DEFAULT_FLOOR,
        help=f"the floor to port to, {_DEFAULT_FLOOR} by default",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_output(parser)


def run(options: argparse.Namespace) -> Outcome:
    """Read the sources; the status is 1 where something has to change."""
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.values import read_floor
    from abi3build.sources.porting import look_through

    floor = read_floor(KeyPlace("--min-python", textual=True), options.min_python)
    report = look_through(list(map(Path, options.sources or ["."])), floor)
    render = render_json if options.format == "json" else render_text
    return Outcome(render(report), int(bool(report.obstacles)))
