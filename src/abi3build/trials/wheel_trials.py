"""Try one wheel on each chosen Python, several at a time, and keep the results."""

from __future__ import annotations

import posixpath
import re
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from packaging.tags import platform_tags

from abi3build.errors import UnreadableError, UsageError
from abi3build.interruption import terminated_as_interrupted
from abi3build.rules.audited_files import AuditedFiles
from abi3build.trials.choosing import Choice, Trial, choose, label_of
from abi3build.trials.expectations import expectation
from abi3build.trials.judging import Verdict, judge
from abi3build.trials.orphans import adopted_orphans
from abi3build.trials.processes import Processes
from abi3build.trials.running import observe
from abi3build.versions import FIRST_STABLE_ABI, Promise
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from abi3build.binaries.image import BinaryFile
    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.judging import TrialResult
    from abi3build.trials.running import Work
    from abi3build.wheels.wheel import ModuleFile, Wheel

__all__ = [
    "WheelResult",
    "WheelTrials",
    "expect_used",
    "modules_to_import",
    "outermost_modules",
    "plan_trials",
    "try_all",
]


_INIT_PREFIXES = ("PyInit", "PyModExport")

_CODE = re.compile(r"\A(?![^/]+\.(?:dist-info|data)/).+\.(?:py|pyd|so)\Z")
_INSTALLED_FROM = re.compile(r"[^/]+\.data/(?:platlib|purelib)/")
"""Folders of a wheel whose contents installers put among the modules."""


def modules_to_import(wheel: Wheel, files: tuple[BinaryFile, ...]) -> tuple[str, ...]:
    """Return dotted names, sorted.

    Files that only look like modules, as those which ctypes and cffi open, are none.
    """
    audited = AuditedFiles(wheel.filename, Promise(FIRST_STABLE_ABI), files)
    names = {
        _dotted(module.folder, module.name)
        for module, file in audited.modules
        if _is_module(audited, module, file)
    }
    found = names or set(_packages(wheel.members))
    return tuple(sorted(name for name in found if _can_be_imported(name)))


def _is_module(audited: AuditedFiles, module: ModuleFile, file: BinaryFile) -> bool:
    # A file that cannot be read is tried: the loader says what is wrong with it.
    return bool(file.fault) or any(
        any(name.startswith(_INIT_PREFIXES) for name in image.exports)
        or (module.claims_to_be_module and audited.uses_cpython(image))
        for image in file.images
    )


def _packages(members: Iterable[str]) -> Iterator[str]:
    """Return the outermost packages and the modules that are in none."""
    paths = {_INSTALLED_FROM.sub("", member, count=1) for member in members}
    packages = {posixpath.dirname(path) for path in paths if _is_package(path)}
    for path in paths:
        folder, name = posixpath.split(path)
        if _is_package(path) and not _inside(posixpath.dirname(folder), packages):
            yield _dotted(folder)
        elif not folder and name.endswith(".py"):
            yield name[: -len(".py")]


def _is_package(path: str) -> bool:
    return posixpath.basename(path) == "__init__.py" and "/" in path


def _inside(folder: str, packages: set[str]) -> bool:
    parts = folder.split("/")
    return any("/".join(parts[:end]) in packages for end in range(1, len(parts) + 1))


def _dotted(*parts: str) -> str:
    path = posixpath.join(*parts)
    return _INSTALLED_FROM.sub("", path + "/", count=1).strip("/").replace("/", ".")


def outermost_modules(members: Iterable[str]) -> tuple[str, ...]:
    """Return the modules and packages of a wheel that are in no package, sorted."""
    paths = (_INSTALLED_FROM.sub("", member, count=1) for member in members)
    names = {path.split("/")[0].split(".")[0] for path in paths if _CODE.search(path)}
    return tuple(sorted(filter(str.isidentifier, names)))


def _can_be_imported(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def try_all(
    pairs: Sequence[tuple[Trial, Work]],
    jobs: int,
    done: Callable[[TrialResult], None],
) -> list[TrialResult]:
    """Judge each trial of some work, several at once; return outcomes in their order.

    ``done`` is called with the outcome of each trial that has ended.  SIGTERM counts as
    an interruption here, because it would otherwise leave processes and folders behind.
    """
    with adopted_orphans() as orphans, terminated_as_interrupted():
        processes = Processes(orphans)
        with ThreadPoolExecutor(max(1, jobs)) as executor:
            futures = [
                executor.submit(_try_one, trial, work, processes)
                for trial, work in pairs
            ]
            try:
                for ended in as_completed(futures):
                    done(ended.result())
                return [future.result() for future in futures]
            except BaseException:
                for future in futures:
                    future.cancel()
                processes.stop()
                raise


def _try_one(trial: Trial, work: Work, processes: Processes) -> TrialResult:
    return judge(trial, work, observe(trial, work, processes))


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

    outermost: tuple[str, ...] = ()
    """Its modules and packages that are in no package."""


@dataclass(frozen=True)
class WheelResult:
    """Contain the outcomes of one wheel."""

    trials: WheelTrials
    outcomes: tuple[TrialResult, ...]
    required: tuple[str, ...] = ()
    """Labels of Pythons that had to be tried and were not, or had to refuse it."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing failed and nothing required is missing."""
        failed = any(each.verdict is Verdict.FAILED for each in self.outcomes)
        return not failed and not self.required and not self.proves_nothing

    @property
    def tried(self) -> frozenset[str]:
        """Return the labels of the Pythons on which it was installed, or could not."""
        return frozenset(
            label_of(each.trial.interpreter.builder)
            for each in self.outcomes
            if each.verdict in {Verdict.FAILED, Verdict.PASSED}
        )

    @property
    def proves_nothing(self) -> bool:
        """Tell whether it was to be tried, and no installer could put it anywhere."""
        hindered = any(each.verdict is Verdict.NOT_TRIED for each in self.outcomes)
        return hindered and not self.tried


def plan_trials(
    path: Path,
    found: Sequence[Interpreter],
    *,
    named: bool = False,
    skip: Sequence[str] = (),
) -> WheelTrials:
    """Read a wheel and choose its Pythons among those found.

    ``named`` takes all of them, as the user named each.  ``skip`` are patterns of
    modules that are not imported.  Raise ``UnreadableError`` if the wheel cannot be
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
        message = f"{path.name}: contains no module that could be imported: try another"
        raise UnreadableError(message)
    outermost = outermost_modules(wheel.members)
    if named:
        trials = tuple(Trial(each, expectation(wheel, each)) for each in found)
        _expect_admitted(wheel, trials, "that --python names: name one that they admit")
        return WheelTrials(path, modules, Choice(trials), skipped, outermost)
    choice = choose(wheel, [each for each in found if each.bits == _BITS])
    step = "found here: install one, or name one with --python"
    _expect_admitted(wheel, choice.trials, step)
    return WheelTrials(path, modules, choice, skipped, outermost)


def _expect_admitted(wheel: Wheel, trials: Sequence[Trial], step: str) -> None:
    """Refuse to try a wheel only on Pythons that have to refuse it."""
    if not any(trial.admitted for trial in trials):
        message = (
            f"{wheel.filename}: its tag, {wheel.tags}, and its Requires-Python admit"
            f" none of the Pythons {step}"
        )
        raise UnreadableError(message)


def expect_used(skip: Sequence[str], plans: Sequence[WheelTrials]) -> None:
    """Raise ``UsageError`` if a pattern skips nothing, as one misspelled does."""
    skipped = [module for plan in plans for module in plan.skipped]
    for pattern in skip:
        if plans and not any(fnmatchcase(module, pattern) for module in skipped):
            names = [module for plan in plans for module in plan.modules]
            message = (
                f"--skip {pattern}: matches no module: the modules are"
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
