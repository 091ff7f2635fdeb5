"""``abi3build port --fix``: what can be changed for a person, as a diff or in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.versions import PythonVersion

__all__ = ["add_fix_arguments", "run_fix"]


def add_fix_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments for changing sources."""
    parser.add_argument(
        "--fix",
        action="store_true",
        help=(
            "show the changes that can be made for you, as a unified diff: each step"
            " compiles with fewer errors under the limit, and as before without it"
        ),
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="with --fix: write the changes to the files",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="with --write: write even if the git tree has uncommitted changes",
    )


def run_fix(
    options: argparse.Namespace, paths: Sequence[Path], floor: PythonVersion
) -> Outcome:
    """Fix one project; the status is 1 if something is left.

    Raise ``UsageError`` if the arguments do not go together.
    """
    from abi3build.commands import Outcome
    from abi3build.port_fix.fix_report import render_json, render_text
    from abi3build.port_fix.fixing import fix_project
    from abi3build.port_fix.write_back import refuse_unsaved_changes, write_fixes
    from abi3build.settings.assumed_floor import read_requires_python
    from abi3build.versions import PythonVersion

    project = _project(options, paths)
    lowest = PythonVersion(3, 9)
    if floor < lowest:
        message = (
            f"--floor {floor}: before 3.9, instances hold their type differently,"
            " so --fix cannot go lower: name a floor of 3.9 or later"
        )
        raise UsageError(message)
    if options.write and not options.force:
        refuse_unsaved_changes(project)
    table = _pyproject(project)
    report = fix_project(
        project,
        floor,
        read_requires_python(table).floor or lowest,
        compat=_compat(table),
        to_abi3t=options.to == "abi3t",
    )
    if options.write:
        write_fixes(project, report)
    text = (
        render_json(report)
        if options.format == "json"
        else render_text(report, written=options.write)
    )
    return Outcome(text, int(bool(report.remaining)))


def _project(options: argparse.Namespace, paths: Sequence[Path]) -> Path:
    if options.format not in {"text", "json"}:
        message = (
            f"--format {options.format}: --fix supports text and json: choose one"
            " of them"
        )
        raise UsageError(message)
    if len(paths) != 1 or not paths[0].is_dir():
        named = ", ".join(map(str, paths))
        message = (
            f"{named}: --fix compiles with the project's own build, so it needs one"
            " folder with a setup.py or a pyproject.toml: name that folder"
        )
        raise UsageError(message)
    return paths[0]


def _pyproject(project: Path) -> Mapping[str, object]:
    from abi3build.settings.pyproject import load_pyproject

    file = project / "pyproject.toml"
    return load_pyproject(file) if file.is_file() else {}


def _compat(table: Mapping[str, object]) -> bool:
    """Return what the project says of the compatibility header, else that it helps."""
    tool = table.get("tool")
    own = tool.get("abi3build") if isinstance(tool, dict) else None
    return bool(own.get("compat", False)) if isinstance(own, dict) else True
