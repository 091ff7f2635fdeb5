"""Build, audit, import and test what ``port --fix`` wrote; compare it with before."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from abi3build.audit.audit_input import audit_input
from abi3build.audit.audit_result import Skipped, Unreadable
from abi3build.errors import UnreadableError
from abi3build.inputs import Input
from abi3build.interruption import terminated_as_interrupted
from abi3build.port_fix.project_backend import copy_project
from abi3build.port_trials.own_tests import find_own_tests
from abi3build.port_trials.tests_outcome import TestsOutcome, read_outcome
from abi3build.port_trials.two_builds import NotBuiltError, build_abi3, build_plain
from abi3build.processors import processors
from abi3build.rules.finding import Severity
from abi3build.trials.choosing import label_of
from abi3build.trials.environments import find_tools
from abi3build.trials.orphans import adopted_orphans
from abi3build.trials.processes import Processes
from abi3build.trials.running import Work
from abi3build.trials.wheel_trials import WheelResult, plan_trials, try_all
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from abi3build.port_fix.fix_report import FixReport
    from abi3build.port_trials.own_tests import OwnTests
    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.choosing import Trial
    from abi3build.trials.judging import TrialResult
    from abi3build.trials.wheel_trials import WheelTrials

__all__ = ["Comparison", "Port", "PortTrial", "TrialMachine", "try_port"]

_MOST_PYTHONS = 3
"""On how many Pythons from one end a plain build is tried until one works."""

_PLAIN_WORDS = "-p no:cacheprovider --color=no"
"""Options for pytest, whichever command starts it: nothing is left in the project."""


@dataclass(frozen=True)
class Port:
    """Contain the trees of one project and what was rewritten."""

    before: Path
    """A copy of the sources as they were."""

    after: Path
    """A copy of what was written."""

    report: FixReport
    command: str = ""
    """The user's own tests; empty to find those of the project."""

    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialMachine:
    """Describe the available Pythons and the user's variables."""

    found: Sequence[Interpreter]
    builder: Interpreter
    """The one that makes the wheel for the stable ABI."""

    environ: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """Describe the results of the tests with both builds on one Python."""

    python: str
    plain: TestsOutcome | None = None
    abi3: TestsOutcome | None = None
    obstacle: str = ""
    """Why nothing can be compared there; empty if it can."""

    @property
    def is_same(self) -> bool:
        """Tell whether both builds gave the same, and tests passed."""
        return (
            self.plain is not None
            and self.abi3 is not None
            and self.plain.proves_something
            and self.plain.is_same(self.abi3)
        )


@dataclass(frozen=True)
class PortTrial:
    """Describe the result of trying a port."""

    wheel: str = ""
    """The name of the wheel; empty if there is none."""

    fault: str = ""
    """Why it was not built, or could be tried nowhere."""

    findings: tuple[str, ...] = ()
    """What the audit found that breaks the promise, as lines."""

    imports: WheelResult | None = None
    tests: OwnTests | None = None
    comparisons: tuple[Comparison, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Tell whether all was tried and nothing differs; silence proves nothing."""
        compared = [each for each in self.comparisons if not each.obstacle]
        return (
            not self.fault
            and not self.findings
            and self.imports is not None
            and self.imports.passed
            and bool(compared)
            and all(each.is_same for each in compared)
        )


def try_port(
    port: Port, machine: TrialMachine, scratch: Path, tell: Callable[[str], None]
) -> PortTrial:
    """Try a port on each Python of a machine, below a temporary folder.

    ``tell`` is called with the next step.
    """
    builder, environ = machine.builder, machine.environ
    tell(f"building for the stable ABI with {label_of(builder.builder)}")
    tree = copy_project(port.after, scratch / "abi3")
    try:
        with _processes() as processes:
            wheel = build_abi3(tree, scratch, builder, processes, port.report)
        plan = plan_trials(wheel, machine.found)
    except NotBuiltError as fault:
        return PortTrial(fault=f"the stable ABI build fails: {fault}")
    except UnreadableError as fault:
        return PortTrial(fault=str(fault))
    work = Work({**environ, "PYTEST_ADDOPTS": _PLAIN_WORDS})
    work = replace(work, tools=find_tools(environ))
    tell(f"importing {wheel.name} on each Python")
    outcomes = try_all(
        [(trial, _with_wheel(work, plan)) for trial in plan.choice.trials],
        processors(),
        lambda _: None,
    )
    trial = PortTrial(
        wheel.name,
        findings=_broken_promises(wheel),
        imports=WheelResult(plan, tuple(outcomes)),
    )
    members = read_wheel(wheel)[0].members
    tests = find_own_tests(port.after, members, port.command, port.requires)
    if tests is None:
        return trial
    work = replace(
        work, command=tests.command, requires=tests.requires, project=port.after
    )
    comparing = _Comparing(port.before, plan, work, scratch, tell)
    return replace(trial, tests=tests, comparisons=tuple(comparing.at_both_ends()))


@dataclass
class _Comparing:
    """Run the tests with the plain build and with the abi3 wheel."""

    before: Path
    plan: WheelTrials
    work: Work
    scratch: Path
    tell: Callable[[str], None]

    def at_both_ends(self) -> list[Comparison]:
        """Compare on the oldest Python and the newest one that a plain build is for."""
        admitted = [
            each
            for each in self.plan.choice.trials
            if each.admitted and not each.interpreter.builder.debug
        ]
        known: dict[str, Comparison] = {}
        for trials in (admitted, admitted[::-1]):
            for trial in trials[:_MOST_PYTHONS]:
                label = label_of(trial.interpreter.builder)
                if label not in known:
                    known[label] = self._compare(trial)
                if not known[label].obstacle:
                    break
        order = [label_of(each.interpreter.builder) for each in admitted]
        return sorted(known.values(), key=lambda each: order.index(each.python))

    def _compare(self, abi3: Trial) -> Comparison:
        label = label_of(abi3.interpreter.builder)
        self.tell(f"building without abi3build on {label}")
        tree = copy_project(self.before, self.scratch / f"plain-{label}")
        try:
            with _processes() as processes:
                wheel = build_plain(tree, self.scratch, abi3.interpreter, processes)
            own = plan_trials(wheel, [abi3.interpreter], named=True)
        except (NotBuiltError, UnreadableError) as fault:
            return Comparison(label, obstacle=f"the plain build fails: {fault}")
        self.tell(f"running the tests with both builds on {label}")
        pairs = [
            (own.choice.trials[0], _with_wheel(self.work, own)),
            (abi3, _with_wheel(self.work, self.plan)),
        ]
        # One after the other: they may write to the same places.
        plain, limited = try_all(pairs, 1, lambda _: None)
        if plain.command is None:
            why = f"no test ran with the plain build: {_fault_of(plain)}"
            return Comparison(label, obstacle=why)
        expected = self._outcome(plain)
        if not expected.proves_something:
            why = f"no test passed with the plain build: {expected.last}"
            return Comparison(label, plain=expected, obstacle=why)
        return Comparison(label, expected, self._outcome(limited))

    def _outcome(self, result: TrialResult) -> TestsOutcome:
        """Return what tests gave, with paths in the project and none of a scratch."""
        if result.command is None:
            return TestsOutcome(None, (), frozenset(), _fault_of(result))
        inside = self.work.project.relative_to(self.scratch).as_posix()
        prefix = rf"\S*{re.escape(f'{self.scratch.name}/{inside}/')}"
        output = re.sub(prefix, "", result.command.output)
        return read_outcome(result.command.status, output)


def _fault_of(result: TrialResult) -> str:
    """Return the first thing that went wrong, with what was said of it last."""
    for fault in result.faults:
        last = fault.output.strip().rpartition("\n")[2]
        return f"{fault.text}: {last}" if last else fault.text
    return "it was not tried"


def _with_wheel(work: Work, plan: WheelTrials) -> Work:
    return replace(
        work, wheel=plan.path, modules=plan.modules, outermost=plan.outermost
    )


def _broken_promises(wheel: Path) -> tuple[str, ...]:
    result = audit_input(Input(str(wheel)))
    if isinstance(result, Unreadable):
        return result.faults
    if isinstance(result, Skipped):
        return (result.reason,)
    return tuple(
        f"{each.code}: {each.file}: {each.message}"
        for each in result.report.findings
        if each.severity is Severity.ERROR
    )


@contextlib.contextmanager
def _processes() -> Iterator[Processes]:
    """Yield what runs commands, none of which outlives the block."""
    with adopted_orphans() as orphans, terminated_as_interrupted():
        processes = Processes(orphans)
        try:
            yield processes
        finally:
            processes.stop()
