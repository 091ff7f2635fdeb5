"""``abi3build audit``: hold wheels and extension files against their promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.outcome import Outcome

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from abi3build.audit import Report
    from abi3build.versions import PythonVersion

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]

NAME = "audit"
SUMMARY = "check wheels and extension files against the stable ABI they promise"

_UNREADABLE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a wheel, an extension file, or a directory that is searched for both",
    )
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        help="the floor to audit against, instead of the one that a wheel's tag says",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="also say what was looked at, and what could not be seen",
    )


def run(options: argparse.Namespace) -> Outcome:
    """Audit every input; one that cannot be read does not stop the others."""
    from abi3build.errors import UnreadableError
    from abi3build.reports.json_document import render_json
    from abi3build.reports.text import render_text

    floor = _floor(options.min_python)
    reports: list[Report] = []
    faults: list[str] = []
    for path in _inputs(options.paths):
        try:
            reports.append(_audit_path(path, floor))
        except UnreadableError as error:
            faults += error.lines
    if options.format == "json":
        text = render_json(reports, faults)
    else:
        texts = (render_text(report, verbose=options.verbose) for report in reports)
        text = "".join(texts)
    broken = any(not report.keeps_promise for report in reports)
    return Outcome(
        text,
        _UNREADABLE if faults else int(broken),
        tuple(f"abi3build: error: {fault}" for fault in faults),
    )


def _floor(text: str | None) -> PythonVersion | None:
    from abi3build.settings.floors import read_floor
    from abi3build.settings.table import Place

    if text is None:
        return None
    return read_floor(Place("--min-python", textual=True), text)


def _inputs(names: list[str]) -> list[Path]:
    from abi3build.inputs import find_inputs

    return find_inputs(names)


def _audit_path(path: Path, floor: PythonVersion | None) -> Report:
    from abi3build.auditing import audit_file, audit_wheel

    if path.suffix == ".whl":
        return audit_wheel(path, floor)
    return audit_file(path, floor)
