"""``abi3build init``: set up a project from its own files; show the changes first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from abi3build.commands.shared_arguments import read_floor_option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.errors import Abi3BuildError
    from abi3build.project_init.changes import Changes
    from abi3build.project_init.project_facts import ProjectFacts
    from abi3build.versions import PythonVersion

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        default=".",
        help="the project's folder (default: the current one)",
    )
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        help=(
            "the floor to write (default: the project's own, else the lowest one at"
            " which its sources need no change)"
        ),
    )
    parser.add_argument(
        "-y", "--yes", action="store_true", help="write the changes without asking"
    )


def run(options: argparse.Namespace) -> Outcome:
    """Show what would change, and write it if the user agrees.

    Raise ``UsageError`` for a project that abi3build does not build.
    """
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.project_init.changes import plan_changes
    from abi3build.project_init.project_facts import read_project_facts

    folder = Path(options.path)
    facts = read_project_facts(folder)
    floor = read_floor_option("--min-python", options.min_python)
    changes = plan_changes(folder, facts, floor, partial(_lowest_floor, folder))
    if not changes.files:
        return Outcome(f"{_name(folder)} is already set up: nothing to do\n")
    diff = "".join(each.diff() for each in changes.files)
    said = list(_said(changes, facts))
    if not options.yes and not _agrees(diff, said):
        return Outcome("nothing was written\n", status=1)
    for each in changes.files:
        _write(each.path, each.after)
    shown = diff if options.yes else ""
    steps = list(_next_steps(folder, changes))
    saved = _saved(facts, changes.floor)
    text = "\n".join([*(said if options.yes else ()), *steps, *saved])
    return Outcome(f"{shown}{text}\n")


def _lowest_floor(folder: Path, start: PythonVersion) -> tuple[PythonVersion, str]:
    """Return the lowest floor, from a start upwards, at which no source needs a change.

    If no floor is enough, or the sources were not read, it is the start, and the text
    says why.
    """
    from abi3build.errors import Abi3BuildError
    from abi3build.porting.floor_plan import plan_port
    from abi3build.porting.project_sources import read_project_sources
    from abi3build.porting.syntax import require_grammars

    try:
        require_grammars()
    except Abi3BuildError as error:
        return start, f"its sources were not read: {error}"
    try:
        plan = plan_port(read_project_sources([folder]), start, "")
    except Abi3BuildError as error:
        return start, f"its sources were not read: {_without_step(error)}"
    floor = plan.possible_floor
    if floor is None:
        return (
            start,
            "its sources need changes at any floor, which abi3build port lists",
        )
    return max(floor, start), ""


def _without_step(error: Abi3BuildError) -> str:
    """Return an error without its next step, which does not fit this command."""
    return error.lines[0].rpartition(": ")[0]


def _said(changes: Changes, facts: ProjectFacts) -> Iterator[str]:
    yield f"floor: Python {changes.floor}, {changes.reason}"
    for each in facts.generators:
        yield f"found: {each}"
    for each in changes.removed:
        yield f"replaced by the table: {each}"
    for each in changes.kept:
        yield f"left to you, because it is not a literal: {each}"


def _agrees(diff: str, said: list[str]) -> bool:
    import sys

    from abi3build.errors import UsageError
    from abi3build.wording import printable

    sys.stdout.write(printable("\n".join([diff.rstrip("\n"), *said, ""])))
    if not sys.stdin.isatty():
        message = "nothing was written: run it in a terminal to confirm, or give --yes"
        raise UsageError(message)
    sys.stdout.write("write these changes? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _write(path: Path, text: str) -> None:
    """Replace a file, with its line endings and byte order mark.

    pip does not accept a byte order mark in pyproject.toml.
    """
    import codecs

    from abi3build.outputs import write_whole

    before = path.read_bytes() if path.exists() else b""
    if before and before.count(b"\n") == before.count(b"\r\n"):
        text = text.replace("\n", "\r\n")
    if before.startswith(codecs.BOM_UTF8) and path.suffix != ".toml":
        text = f"\ufeff{text}"
    step = "make room for it, or change the permissions of its folder"
    write_whole(path, text, "init", step)


def _next_steps(folder: Path, changes: Changes) -> Iterator[str]:
    from abi3build.project_init.pipelines import snippets_for

    yield f"wrote {', '.join(each.path.name for each in changes.files)}"
    yield "next: python -m build --wheel"
    pyproject = (folder / "pyproject.toml").read_text(encoding="utf-8")
    for snippet in snippets_for(folder, changes.floor.tag, pyproject):
        yield f"you can add this to {snippet.file}:"
        yield from (f"    {line}" for line in snippet.text.splitlines())


def _saved(facts: ProjectFacts, floor: PythonVersion) -> list[str]:
    """Say what the change saves for the newest release, if the project has one."""
    if not facts.name:
        return []
    from abi3build.commands.release_views import savings_lines

    return savings_lines(facts.name, floor)


def _name(folder: Path) -> str:
    return str(folder.resolve().name or folder)
