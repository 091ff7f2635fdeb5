"""``abi3build cost``: what the stable ABI costs a project, measured on its own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.shared_arguments import add_output, read_seconds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.costs.workloads import Workload
    from abi3build.targets.interpreters import Interpreter
    from abi3build.versions import PythonVersion

__all__ = ["add_arguments", "run"]

_SECONDS = 120.0
_FORMATS = ("text", "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "project",
        metavar="PROJECT",
        nargs="?",
        default=".",
        help="the project's folder (default: the current one)",
    )
    _add_timed(parser)
    parser.add_argument(
        "--python",
        metavar="VERSIONS",
        help="the Pythons to measure on, such as 3.9,3.13 (default: the running one)",
    )
    parser.add_argument(
        "--floors",
        metavar="VERSIONS",
        help="the floors to compare, such as 3.9,3.11,3.12 (default: the project's)",
    )
    parser.add_argument(
        "--requires",
        metavar="REQUIREMENT",
        action="append",
        default=[],
        help="also install this, such as numpy, for the command or the benchmarks; can"
        " be repeated",
    )
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=read_seconds,
        default=_SECONDS,
        help=(
            "the longest time to measure each floor on each Python (default:"
            f" {_SECONDS:.0f}); it ends earlier if the interval is narrower than two"
            " percent"
        ),
    )
    parser.add_argument(
        "--calls",
        action="store_true",
        help="also count the calls into CPython that the abi3 build makes and the"
        " version-specific one does not, in one run of each (on Linux)",
    )
    parser.add_argument("--format", choices=_FORMATS, default=_FORMATS[0])
    parser.set_defaults(error_document=_error_document)
    add_output(parser)


def _error_document(form: str, errors: Sequence[str]) -> str:
    from abi3build.costs.cost_report import render_json

    return render_json("", (), errors) if form == "json" else ""


def _add_timed(parser: argparse.ArgumentParser) -> None:
    from abi3build.costs.own_benchmarks import KINDS

    timed = parser.add_mutually_exclusive_group()
    timed.add_argument(
        "--command",
        metavar="COMMAND",
        help=(
            "the command to time with each build; python is the one of the environment,"
            " {project} is the project's folder"
        ),
    )
    for kind in KINDS:
        timed.add_argument(
            f"--{kind}",
            dest="benchmarks",
            action="store_const",
            const=kind,
            help=(
                f"time the project's own benchmarks for {kind} (the default if there"
                " are any)"
            ),
        )
    timed.add_argument(
        "--import", dest="imports", action="store_true", help="time only the import"
    )


def run(options: argparse.Namespace) -> Outcome:
    """Measure the project on each Python and each floor; status 1 if one failed."""
    import os
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.costs.calls import expect_countable
    from abi3build.costs.cost_report import render_costs
    from abi3build.costs.flavors import Surroundings
    from abi3build.costs.measuring import Timing, measure_cost
    from abi3build.interruption import terminated_as_interrupted
    from abi3build.trials.environments import find_tools
    from abi3build.trials.orphans import adopted_orphans
    from abi3build.trials.processes import Processes

    if options.calls:
        expect_countable()
    project = Path(options.project).resolve()
    workload = _workload(options, project)
    floors = _floors(options.floors, project)
    pairs = _pairs(_pythons(options.python, os.environ), floors)
    timing = Timing(workload, options.seconds, _say, counts_calls=options.calls)
    # SIGTERM alone would leave the folder and what runs in it behind.
    with terminated_as_interrupted(), adopted_orphans() as orphans, _folder() as folder:
        processes = Processes(orphans)
        around = Surroundings(
            project,
            Path(folder).resolve(),
            os.environ,
            find_tools(os.environ),
            processes,
            (*workload.requires, *options.requires),
        )
        try:
            costs = [
                cost
                for python, own_floors in pairs
                for cost in measure_cost(around, python, own_floors, timing)
            ]
        finally:
            processes.stop()
    text = render_costs(options.format, workload.what, costs)
    notes = [
        f"abi3build: note: floor {floor} is not measured on Python {python.release},"
        " which cannot use such a wheel"
        for python, own_floors in pairs
        for floor in floors
        if floor not in own_floors
    ]
    return Outcome(text, int(any(cost.fault for cost in costs)), tuple(notes))


def _folder() -> AbstractContextManager[str]:
    import tempfile

    return tempfile.TemporaryDirectory(prefix="abi3build-cost-")


def _workload(options: argparse.Namespace, project: Path) -> Workload:
    from abi3build.costs.workloads import choose_workload
    from abi3build.errors import UsageError

    if not (project / "pyproject.toml").exists():
        message = f"{project}: no pyproject.toml: name a project, or run abi3build init"
        raise UsageError(message)
    asked = "auto"
    if options.command is not None:
        asked = "command"
    elif options.imports:
        asked = "import"
    elif options.benchmarks:
        asked = options.benchmarks
    return choose_workload(project, asked, options.command or "")


def _floors(text: str | None, project: Path) -> list[PythonVersion]:
    """Return the requested floors, else the one of the project's table."""
    import os

    from abi3build.errors import UsageError
    from abi3build.settings.loading import load_settings
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.pyproject import load_pyproject
    from abi3build.settings.values import read_floor

    if text is None:
        pyproject = load_pyproject(project / "pyproject.toml")
        settings = load_settings(pyproject, environ=os.environ)
        if settings is None:
            message = f"{project}: no [tool.abi3build] table: run abi3build init first"
            raise UsageError(message)
        return [settings.min_python]
    place = KeyPlace("--floors", textual=True)
    return list(
        dict.fromkeys(read_floor(place, each.strip()) for each in text.split(","))
    )


def _pythons(text: str | None, environ: Mapping[str, str]) -> Sequence[Interpreter]:
    """Return the requested Pythons, else the one that runs abi3build."""
    import sys

    from abi3build.errors import UsageError
    from abi3build.targets.interpreters import find_interpreters
    from abi3build.trials.choosing import is_label, label_of, named_interpreters
    from abi3build.versions import FIRST_BUILDER

    names = [sys.executable]
    if text is not None:
        names = [each.strip() for each in text.split(",")]
    if not all(names):
        message = (
            f'--python: expected versions or paths with commas between, got "{text}":'
            " write it as 3.9,3.13"
        )
        raise UsageError(message)
    found = find_interpreters(environ) if any(map(is_label, names)) else None
    pythons = named_interpreters(names, found.interpreters if found else ())
    for each in pythons:
        builder = each.builder
        if (
            builder.implementation != "cpython"
            or builder.free_threaded
            or builder.version < FIRST_BUILDER
        ):
            message = (
                f"--python {label_of(builder)}: abi3 is measured on CPython"
                f" {FIRST_BUILDER} and later, with the GIL: name such a Python"
            )
            raise UsageError(message)
    return pythons


def _pairs(
    pythons: Sequence[Interpreter], floors: Sequence[PythonVersion]
) -> list[tuple[Interpreter, list[PythonVersion]]]:
    """Return each Python with the floors whose wheels it can use, at least one."""
    from abi3build.errors import UsageError

    pairs = []
    for python in pythons:
        version = python.builder.version
        own = [floor for floor in floors if floor <= version]
        if not own:
            message = (
                f"Python {version} cannot use a wheel with a floor of {min(floors)}:"
                " measure on a later one with --python, or a lower floor with --floors"
            )
            raise UsageError(message)
        pairs.append((python, own))
    return pairs


def _say(text: str) -> None:
    """Show progress on one line of a terminal, which the next message replaces."""
    import sys

    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[Kabi3build: {text}")
        sys.stderr.flush()
