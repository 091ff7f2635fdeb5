"""``abi3build try``: install, import and test a wheel on every Python found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.shared_arguments import find_paths
from abi3build.commands.try_arguments import add_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.judging import TrialResult
    from abi3build.trials.running import Work
    from abi3build.trials.wheel_trials import WheelResult, WheelTrials

__all__ = ["add_arguments", "run"]


_UNREADABLE = 3


def run(options: argparse.Namespace) -> Outcome:
    """Try every wheel; one that cannot be read does not stop the others."""
    import os
    from dataclasses import replace

    from abi3build.commands import Outcome
    from abi3build.errors import UnreadableError
    from abi3build.reports.trial_report import render_json, render_text
    from abi3build.trials.choosing import required_labels
    from abi3build.trials.environments import find_tools
    from abi3build.trials.orphans import NOTE_ELSEWHERE
    from abi3build.trials.wheel_trials import expect_used, plan_trials
    from abi3build.wording import on_one_line

    required = required_labels(options.require) if options.require else ()
    work = _checked(options, os.environ)
    wheels, faults = _wheels(options.paths)
    found, silent = _interpreters(options.pythons, os.environ) if wheels else ((), ())
    plans: list[WheelTrials] = []
    for path in wheels:
        named = bool(options.pythons)
        try:
            plans.append(plan_trials(path, found, named=named, skip=options.skip))
        except UnreadableError as error:
            faults.extend(error.lines)
    expect_used(options.skip, plans)
    if plans:
        work = replace(work, tools=find_tools(os.environ, options.installer))
    results = _try_all(plans, work, required, options)
    faults += [
        f"{result.trials.path.name}: could not be installed on any Python, so it was"
        " not tried: install uv, or abi3build[try]"
        for result in results
        if result.proves_nothing
    ]
    as_json = options.format == "json"
    failed = not all(result.passed for result in results)
    return Outcome(
        render_json(results, faults) if as_json else render_text(results),
        _UNREADABLE if faults else int(failed),
        (
            *(
                f"abi3build: note: {NOTE_ELSEWHERE}"
                for _ in results[:1]
                if NOTE_ELSEWHERE
            ),
            *(f"abi3build: warning: {each} did not answer in time" for each in silent),
            *(f"abi3build: error: {on_one_line(fault)}" for fault in faults),
        ),
    )


def _wheels(paths: Sequence[str]) -> tuple[list[Path], list[str]]:
    from pathlib import Path

    inputs = find_paths(paths)
    faults = list(inputs.faults)
    wheels = []
    for given in inputs.files:
        if given.path.endswith(".whl"):
            wheels.append(Path(given.path).absolute())
        elif given.named:
            faults.append(
                f"{given.path}: not a wheel: build one (python -m build --wheel), then"
                " name it"
            )
    if not wheels and not faults:
        faults.append("no wheel was found: name the directory that the build wrote to")
    return wheels, faults


def _checked(options: argparse.Namespace, environ: Mapping[str, str]) -> Work:
    """Read the options that hold for each wheel; raise ``UsageError`` for bad ones."""
    from pathlib import Path

    from abi3build.errors import UsageError
    from abi3build.trials.command_program import expect_no_relative_file
    from abi3build.trials.running import Work

    project = Path(options.project)
    if not project.is_dir():
        message = f"--project {project}: no such directory: check the path"
        raise UsageError(message)
    # An empty variable of a script must not leave the tests out.
    if options.command is not None:
        expect_no_relative_file(options.command, project)
    return Work(
        environ=environ,
        installer=options.installer,
        find_links=tuple(map(_absolute, options.find_links)),
        no_index=options.no_index,
        requires=tuple(options.requires),
        command=options.command or "",
        project=project.resolve(),
        import_seconds=options.timeout,
        command_seconds=options.command_timeout,
    )


def _absolute(place: str) -> str:
    """Make a directory independent of an installer's working directory; keep a URL."""
    from pathlib import Path

    from abi3build.errors import UsageError

    if "://" in place:
        return place
    if not Path(place).exists():
        message = f"--find-links {place}: no such directory: check the path"
        raise UsageError(message)
    return str(Path(place).absolute())


def _interpreters(
    names: Sequence[str], environ: Mapping[str, str]
) -> tuple[Sequence[Interpreter], Sequence[Path]]:
    """Return the Pythons to choose from, and the paths of those that do not answer."""
    from abi3build.targets.interpreters import find_interpreters
    from abi3build.trials.choosing import is_label, named_interpreters

    if names and not any(map(is_label, names)):
        return named_interpreters(names, ()), ()
    found = find_interpreters(environ)
    if names:
        return named_interpreters(names, found.interpreters), ()
    return found.interpreters, found.silent


def _try_all(
    plans: Sequence[WheelTrials],
    work: Work,
    required: Sequence[str],
    options: argparse.Namespace,
) -> list[WheelResult]:
    from dataclasses import replace

    from abi3build.commands import Progress
    from abi3build.processors import processors
    from abi3build.trials.choosing import label_of
    from abi3build.trials.wheel_trials import WheelResult, try_all

    pairs = [
        (
            trial,
            replace(
                work, wheel=plan.path, modules=plan.modules, outermost=plan.outermost
            ),
        )
        for plan in plans
        for trial in plan.choice.trials
    ]
    progress = Progress(len(pairs), done="tried", named=options.verbose)

    def tell(ended: TrialResult) -> None:
        label = label_of(ended.trial.interpreter.builder)
        progress.advance(f"{label}: {ended.verdict.value}", ended.seconds)

    outcomes = iter(try_all(pairs, options.jobs or processors(), tell))
    progress.finish()
    results = []
    for plan in plans:
        own = tuple(next(outcomes) for _ in plan.choice.trials)
        here = WheelResult(plan, own).tried
        lacking = tuple(label for label in required if label not in here)
        results.append(WheelResult(plan, own, lacking))
    return results
