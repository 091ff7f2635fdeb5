"""What is tried of one wheel, and what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.tags import platform_tags

from abi3build.errors import UnreadableError, UsageError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.trials.choosing import Choice, Trial, choose, expectation
from abi3build.trials.judging import Verdict
from abi3build.trials.modules import modules_to_import
from abi3build.wheels.reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.judging import Outcome
    from abi3build.wheels.wheel import Wheel

__all__ = ["WheelResult", "WheelTrials", "expect_used", "plan_trials"]

_BITS = 64 if sys.maxsize > 1 << 32 else 32
"""The wheel's platform is judged by that of this process; Windows may have both."""

_NAMES_TO_SHOW = 10


@dataclass(frozen=True)
class WheelTrials:
    """Say on which Pythons a wheel is tried, and what is imported there."""

    path: Path
    modules: tuple[str, ...]
    choice: Choice
    skipped: tuple[str, ...] = ()
    """Modules that the user does not want to import."""


@dataclass(frozen=True)
class WheelResult:
    """Hold the outcomes of one wheel."""

    trials: WheelTrials
    outcomes: tuple[Outcome, ...]
    required: tuple[str, ...] = ()
    """Labels of Pythons that had to be tried and were not, or had to refuse it."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing failed and nothing required is missing."""
        failed = any(each.verdict is Verdict.FAILED for each in self.outcomes)
        return not failed and not self.required


def plan_trials(
    path: Path,
    found: Sequence[Interpreter],
    *,
    named: bool = False,
    skip: Sequence[str] = (),
) -> WheelTrials:
    """Read a wheel and choose its Pythons among those found.

    ``named`` takes all of them, as the user named each.  ``skip`` are patterns of
    modules that are not imported.  Raise ``UnreadableError`` where the wheel cannot be
    read, or can be tried on none.
    """
    wheel, files = read_wheel(path)
    _expect_platform(wheel)
    found_modules = modules_to_import(wheel, files)
    skipped = tuple(
        module
        for module in found_modules
        if any(fnmatchcase(module, pattern) for pattern in skip)
    )
    modules = tuple(module for module in found_modules if module not in skipped)
    if not modules:
        message = f"{path.name}: no module in it that could be imported: try another"
        raise UnreadableError(message)
    if named:
        trials = tuple(Trial(each, expectation(wheel, each)) for each in found)
        return WheelTrials(path, modules, Choice(trials), skipped)
    choice = choose(wheel, [each for each in found if each.bits == _BITS])
    if not any(trial.admitted for trial in choice.trials):
        message = (
            f"{path.name}: no Python was found that its tag, {wheel.tags}, and its"
            " Requires-Python admit: install one, or name it with --python"
        )
        raise UnreadableError(message)
    return WheelTrials(path, modules, choice, skipped)


def expect_used(skip: Sequence[str], plans: Sequence[WheelTrials]) -> None:
    """Raise ``UsageError`` where a pattern skips nothing, as one misspelled does."""
    skipped = [module for plan in plans for module in plan.skipped]
    for pattern in skip:
        if plans and not any(fnmatchcase(module, pattern) for module in skipped):
            names = [module for plan in plans for module in plan.modules]
            message = (
                f"--skip {pattern}: no module of that name: there are"
                f" {', '.join(names[:_NAMES_TO_SHOW])}"
            )
            raise UsageError(message)


def _expect_platform(wheel: Wheel) -> None:
    if not {"any", *platform_tags()} & set(wheel.tags.platforms):
        message = (
            f"{wheel.filename}: its tag, {wheel.tags}, is for another platform than"
            " this machine: try it there"
        )
        raise UnreadableError(message)
