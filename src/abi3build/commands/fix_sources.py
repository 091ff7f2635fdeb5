"""``abi3build port --fix``: change sources automatically, as a diff or in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.port_fix.fix_report import FixReport
    from abi3build.port_trials.trying_ports import PortTrial
    from abi3build.targets.interpreters import Interpreter
    from abi3build.versions import PythonVersion

__all__ = ["add_fix_arguments", "refuse_lone_options", "run_fix"]


def add_fix_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments for changing sources."""
    parser.add_argument(
        "--fix",
        action="store_true",
        help=(
            "show the changes that can be made automatically, as a unified diff: with"
            " each, the sources compile with fewer errors under the limit, and as"
            " before without it"
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
    parser.add_argument(
        "--try",
        action="store_true",
        dest="tried",
        help=(
            "with --fix --write: then build the wheel, audit it, import it on each"
            " Python found, and run the project's tests with it and with a plain build"
            " of the sources as they were"
        ),
    )
    parser.add_argument(
        "--command",
        metavar="WORDS",
        default="",
        help=(
            'with --try: run these tests, such as "pytest {project}/tests" (default:'
            " those of the project)"
        ),
    )
    parser.add_argument(
        "--requires",
        metavar="REQUIREMENT",
        action="append",
        default=[],
        help="with --try: install this for the tests, such as pytest; can be repeated",
    )


def refuse_lone_options(options: argparse.Namespace) -> None:
    """Raise ``UsageError`` for an option that does nothing without another one."""
    if not options.fix and (options.write or options.force):
        name = "--write" if options.write else "--force"
        message = f"{name}: only works with --fix: add it"
        raise UsageError(message)
    if options.tried and not (options.fix and options.write):
        message = (
            "--try: tries what --fix --write has written: add"
            f" {'--write' if options.fix else '--fix --write'}, on a copy of the"
            " project if you like"
        )
        raise UsageError(message)
    if not options.tried and (options.command or options.requires):
        name = "--command" if options.command else "--requires"
        message = f"{name}: only works with --try: add it"
        raise UsageError(message)


def run_fix(
    options: argparse.Namespace, paths: Sequence[Path], floor: PythonVersion
) -> Outcome:
    """Fix one project; the status is 1 if something is left, or a trial fails.

    Raise ``UsageError`` if the arguments do not fit together.
    """
    from abi3build.commands import Outcome
    from abi3build.port_fix.fixing import fix_project
    from abi3build.port_fix.write_back import refuse_unsaved_changes, write_fixes
    from abi3build.settings.assumed_floor import read_requires_python
    from abi3build.versions import PythonVersion

    project = _project(options, paths)
    table = _pyproject(project)
    lowest = PythonVersion(3, 9)
    if floor < lowest:
        # What metadata admits is a wish for old Pythons, and no promise of abi3.
        _refuse_older_floor(options, table, floor)
        floor = lowest
    if options.write and not options.force:
        refuse_unsaved_changes(project)
    report = fix_project(
        project,
        floor,
        read_requires_python(table).floor or lowest,
        compat=_compat(table),
        to_abi3t=options.to == "abi3t",
    )
    if not options.write:
        return Outcome(_rendered(options, report), int(bool(report.remaining)))
    if not options.tried:
        write_fixes(project, report)
        return Outcome(_rendered(options, report), int(bool(report.remaining)))
    trial = _write_and_try(options, project, report)
    return Outcome(_rendered(options, report, trial), int(not trial.is_proved))


def _rendered(
    options: argparse.Namespace, report: FixReport, trial: PortTrial | None = None
) -> str:
    from abi3build.port_fix.fix_report import render_json, render_text
    from abi3build.port_trials.port_trial_report import (
        port_trial_document,
        render_port_trial,
    )

    if options.format == "json":
        return render_json(report, port_trial_document(trial) if trial else None)
    text = render_text(report, written=options.write)
    return text + render_port_trial(trial) if trial else text


def _write_and_try(
    options: argparse.Namespace, project: Path, report: FixReport
) -> PortTrial:
    """Write the changes, and try them if nothing is left; keep a copy of ``before``."""
    import os
    import tempfile
    from pathlib import Path

    from abi3build.port_fix.project_backend import copy_project
    from abi3build.port_fix.write_back import write_fixes
    from abi3build.port_trials.trying_ports import (
        Port,
        PortTrial,
        TrialMachine,
        try_port,
    )
    from abi3build.targets.interpreters import find_interpreters

    if report.remaining:
        write_fixes(project, report)
        return PortTrial(fault="nothing was built, because of the errors above")
    found = find_interpreters(os.environ).interpreters
    with tempfile.TemporaryDirectory(prefix="abi3build-port-") as name:
        scratch = Path(name).resolve()
        before = copy_project(project, scratch / "before")
        write_fixes(project, report)
        after = copy_project(project, scratch / "after")
        builder = _builder(found, report.floor)
        if builder is None:
            return PortTrial(
                fault=f"no Python {report.floor} or later is on this machine to build"
                " with"
            )
        port = Port(before, after, report, options.command, tuple(options.requires))
        machine = TrialMachine(found, builder, os.environ)
        return try_port(port, machine, scratch, _tell)


def _builder(found: Sequence[Interpreter], floor: PythonVersion) -> Interpreter | None:
    """Return the running Python if it can build for a floor, else the next one."""
    import sys
    from pathlib import Path

    usable = [
        each
        for each in found
        if each.builder.implementation == "cpython"
        and each.builder.version >= floor
        and not (each.builder.free_threaded or each.builder.debug)
    ]
    running = Path(sys.executable).resolve()
    own = [each for each in usable if each.path.resolve() == running]
    return next(iter([*own, *usable]), None)


def _tell(text: str) -> None:
    """Show the next step on a terminal, because it takes minutes."""
    import sys

    if sys.stderr.isatty():
        sys.stderr.write(f"abi3build: {text}\n")


def _project(options: argparse.Namespace, paths: Sequence[Path]) -> Path:
    if options.format not in {"text", "json"}:
        message = (
            f"--format {options.format}: --fix supports text and json: choose one"
            " of them"
        )
        raise UsageError(message)
    if len(paths) == 1 and not paths[0].exists():
        message = f"{paths[0]}: no such file or folder: check the path"
        raise UnreadableError(message)
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


def _own_table(table: Mapping[str, object]) -> Mapping[str, object] | None:
    tool = table.get("tool")
    own = tool.get("abi3build") if isinstance(tool, dict) else None
    return own if isinstance(own, dict) else None


def _compat(table: Mapping[str, object]) -> bool:
    """Return the project's setting of the compatibility header, else true."""
    own = _own_table(table)
    return own is None or bool(own.get("compat", False))


def _refuse_older_floor(
    options: argparse.Namespace, table: Mapping[str, object], floor: PythonVersion
) -> None:
    """Raise ``UsageError`` for a floor that is too low in the command or the table."""
    if options.min_python is not None:
        name = "--floor"
    elif "min-python" in (_own_table(table) or {}):
        name = "min-python"
    else:
        return
    message = (
        f"{name} {floor}: before 3.9, instances hold their type differently, so --fix"
        " cannot go lower: name a floor of 3.9 or later"
    )
    raise UsageError(message)
