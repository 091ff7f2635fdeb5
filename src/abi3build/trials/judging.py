"""Judge what was observed in a trial: passed, refused as expected, or failed."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.trials.command_program import command_words
from abi3build.trials.expectations import Expectation
from abi3build.trials.importing import ImportEnd

if TYPE_CHECKING:
    from abi3build.trials.choosing import Trial
    from abi3build.trials.importing import ImportSeen, Observation
    from abi3build.trials.processes import Ended
    from abi3build.trials.running import Work

__all__ = ["Fault", "Step", "TrialResult", "Verdict", "judge"]

_MISSING_SYMBOL = re.compile(
    r"undefined symbol: (?P<glibc>\w+)"
    r"|Error relocating [^:]+: (?P<musl>\w+): symbol not found"
    r"|[Ss]ymbol not found(?: in flat namespace|:) '?_(?P<macos>\w+)"
)

_NO_FILE = re.compile(
    r"(?:can't open file|file or directory not found:"
    r"|Start directory is not importable:|[Nn]o such file or directory:) *([^\n]*)"
)
"""In the words of Python, pytest, unittest and Python's own errors."""

_NO_MODULE = re.compile(r"No module named '?(?P<name>\w+)")

_WINDOWS_CRASHES = {
    0xC0000005: "access violation",
    0xC00000FD: "stack overflow",
    0xC0000374: "heap corruption",
    0xC0000409: "fail fast",
}
"""https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55"""

_LINES_OF_OUTPUT = 20
_LONGEST_LINE = 500


class Verdict(Enum):
    """Say how a trial ended."""

    PASSED = "passed"
    REFUSED = "refused"
    """As the tag or ``Requires-Python`` says it has to be."""

    FAILED = "failed"

    NOT_TRIED = "not tried"
    """No installer here can put it there, which says nothing of the wheel."""


class Step(Enum):
    """Say at which step a fault occurred."""

    INSTALL = "install"
    IMPORT = "import"
    COMMAND = "command"


@dataclass(frozen=True)
class Fault:
    """Say what went wrong, where, and what helps."""

    step: Step
    what: str
    """The module or the command; empty if the text says all."""

    text: str
    place: str = ""
    """The last Python frame, such as ``demo/__init__.py:3 in <module>``."""

    hint: str = ""
    output: str = ""
    """The last lines that a command or an installer wrote."""


@dataclass(frozen=True)
class TrialResult:
    """Judge one trial."""

    trial: Trial
    verdict: Verdict
    refusal: str = ""
    """What the installer named as its reason: the tag or ``Requires-Python``."""

    imported: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    command_passed: bool | None = None
    """None if no command was run."""

    seconds: float = 0.0
    command: Ended | None = None
    """How the command ended, with its last words; None if it was not started."""


def judge(trial: Trial, work: Work, seen: Observation) -> TrialResult:
    """Judge what was observed in a trial of this work."""
    if not trial.admitted:
        by_tag = trial.expectation is Expectation.REFUSED_BY_TAG
        refusal = "tag" if by_tag else "Requires-Python"
        return TrialResult(trial, Verdict.REFUSED, refusal, seconds=seen.seconds)
    if seen.obstacle:
        fault = Fault(
            Step.INSTALL,
            "",
            f"not tried: {seen.obstacle}",
            hint="install uv, or abi3build[try], which includes it",
            output=_end(seen.last_words),
        )
        return TrialResult(
            trial, Verdict.NOT_TRIED, faults=(fault,), seconds=seen.seconds
        )
    command_faults = _faults_of_command(work, seen)
    faults = (
        *_faults_of_install(seen),
        *(_fault(each, work) for each in seen.imports if not _is_imported(each)),
        *command_faults,
    )
    ran = seen.command is not None or bool(seen.command_fault)
    return TrialResult(
        trial,
        Verdict.FAILED if faults else Verdict.PASSED,
        imported=tuple(each.module for each in seen.imports if _is_imported(each)),
        faults=faults,
        command_passed=not command_faults if ran else None,
        seconds=seen.seconds,
        command=seen.command,
    )


def _faults_of_install(seen: Observation) -> tuple[Fault, ...]:
    if seen.install is None or seen.install.status == 0:
        return ()
    late = seen.install.status is None
    text = "the installer took too long" if late else "the wheel was not installed"
    return (_with_output(Fault(Step.INSTALL, "", text), seen.install),)


def _faults_of_command(work: Work, seen: Observation) -> tuple[Fault, ...]:
    if seen.command_fault:
        return (Fault(Step.COMMAND, work.command, seen.command_fault),)
    if seen.command is None or seen.command.status == 0:
        return ()
    if seen.command.status is None:
        text = f"took longer than {work.command_seconds:g} s"
    else:
        text = _crashed_with(seen.command.status)
        text = text or f"exit status {seen.command.status}"
    hint = _command_hint(work, seen.command.output)
    fault = Fault(Step.COMMAND, work.command, text, hint=hint)
    return (_with_output(fault, seen.command),)


def _command_hint(work: Work, output: str) -> str:
    """Say what a command lacks: the project's folder, or a package."""
    lost = " ".join(_NO_FILE.findall(output))
    for word in command_words(work.command, {})[1:]:
        if word in lost and os.path.exists(work.project / word):  # noqa: PTH110 - long
            return f"the command runs in an empty folder: write {{project}}/{word}"
    absent = _NO_MODULE.findall(output)
    if not absent or absent[-1] in work.outermost:
        return ""
    name = absent[-1]
    if any((work.project / each).exists() for each in (name, f"{name}.py")):
        return ""
    return f"name the package that contains {name} with --requires"


def _is_imported(seen: ImportSeen) -> bool:
    return seen.end is ImportEnd.IMPORTED


def _fault(seen: ImportSeen, work: Work) -> Fault:
    place = ""
    if seen.frame is not None:
        place = f"{seen.frame.file}:{seen.frame.line} in {seen.frame.function}"
    if seen.end is ImportEnd.RAISED:
        hint = _symbol_hint(seen.error)
        return Fault(Step.IMPORT, seen.module, seen.error, place, hint)
    if seen.end is ImportEnd.NO_PYTHON:
        return Fault(Step.IMPORT, seen.module, f"Python did not start: {seen.error}")
    if seen.end is ImportEnd.TOOK_TOO_LONG:
        text = f"took longer than {work.import_seconds:g} s"
    else:
        text = _ended_with(seen.status)
    if seen.end is ImportEnd.DIED_AT_EXIT:
        text = f"after the imports, when Python exited, it {text}"
    if seen.status == -signal.SIGABRT and seen.error:
        # Only a program that calls abort() says more than the signal's name.
        text = f"{text} ({seen.error})"
    return Fault(Step.IMPORT, seen.module, text, place)


def _ended_with(status: int | None) -> str:
    if status is None:
        return "did not"
    return _crashed_with(status) or f"ended Python with exit status {status}"


def _crashed_with(status: int) -> str:
    if status < 0:
        return f"crashed with {_signal_name(-status)}"
    if status in _WINDOWS_CRASHES:
        return f"crashed with {_WINDOWS_CRASHES[status]} (0x{status:08X})"
    return ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _symbol_hint(error: str) -> str:
    found = _MISSING_SYMBOL.search(error)
    name = next(filter(None, found.groups()), "") if found else ""
    if not looks_like_cpython(name):
        return ""
    return f"abi3build symbol {name} shows what to use instead"


def _with_output(fault: Fault, ended: Ended) -> Fault:
    return replace(fault, output=_end(ended.output))


def _end(output: str) -> str:
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    last = lines[-_LINES_OF_OUTPUT:]
    return "\n".join(
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."
        for line in last
    )
