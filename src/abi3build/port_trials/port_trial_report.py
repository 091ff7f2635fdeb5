"""The result of trying a port, as lines below the report of the port and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.trials.choosing import label_of
from abi3build.trials.judging import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.port_trials.tests_outcome import TestsOutcome
    from abi3build.port_trials.trying_ports import Comparison, PortTrial
    from abi3build.trials.wheel_trials import WheelResult

__all__ = ["port_trial_document", "render_port_trial"]

_NAMES_TO_SHOW = 10


def render_port_trial(trial: PortTrial) -> str:
    """Return what was built, imported and tested, one line each, and the verdict."""
    return "".join(f"{line}\n" for line in _lines(trial))


def port_trial_document(trial: PortTrial) -> dict[str, object]:
    """Return the same as JSON values; ``proved`` is the verdict."""
    tests = trial.tests
    return {
        "wheel": trial.wheel or None,
        "fault": trial.fault or None,
        "findings": list(trial.findings),
        "imported_on": list(_imported_on(trial.imports)) if trial.imports else [],
        "fails_on": _failures(trial.imports) if trial.imports else {},
        "tests": None
        if tests is None
        else {
            "command": tests.command,
            "requires": list(tests.requires),
            "origin": tests.origin,
        },
        "comparisons": [_comparison(each) for each in trial.comparisons],
        "proved": trial.is_proved,
    }


def _lines(trial: PortTrial) -> Iterator[str]:
    if trial.fault:
        yield f"tried: {trial.fault}"
        return
    if trial.imports is None:
        return
    yield f"built: {trial.wheel}"
    yield from (f"audit: {finding}" for finding in trial.findings)
    if not trial.findings:
        yield "audit: it keeps its promise"
    passed = ", ".join(_imported_on(trial.imports))
    yield f"imported on: {passed or 'no Python'}"
    for label, fault in _failures(trial.imports).items():
        yield f"  FAILS on {label}: {fault}"
    missing = trial.imports.trials.choice.missing
    if missing:
        yield f"  not on this machine: {', '.join(missing)}"
    yield from _about_tests(trial)


def _about_tests(trial: PortTrial) -> Iterator[str]:
    if trial.tests is None:
        yield (
            "tests: none were found, so nothing shows that the module behaves as"
            " before: name some with --command"
        )
        return
    yield f"tests: {trial.tests.command} (from {trial.tests.origin})"
    for each in trial.comparisons:
        yield from _about(each)
    compared = [each for each in trial.comparisons if not each.obstacle]
    if not compared:
        yield (
            "nothing was compared, so nothing shows that the module behaves as before:"
            " name what the tests need with --requires, or others with --command"
        )
    elif all(each.is_same for each in compared):
        yield "the tests give the same with both builds"
    else:
        yield "the tests DIFFER between the plain build and the abi3 wheel"


def _about(compared: Comparison) -> Iterator[str]:
    if compared.obstacle:
        yield f"  {compared.python}: not compared: {compared.obstacle}"
        return
    plain, abi3 = compared.plain, compared.abi3
    if plain is None or abi3 is None:
        return
    if compared.is_same:
        yield f"  {compared.python}: the same: {plain.words}"
        return
    yield (
        f"  {compared.python}: DIFFERENT: {plain.words} with the plain build,"
        f" {abi3.words} with the abi3 wheel"
    )
    more = sorted(abi3.not_passed - plain.not_passed)
    yield from (
        f"    only the abi3 wheel fails: {name}" for name in more[:_NAMES_TO_SHOW]
    )
    if len(more) > _NAMES_TO_SHOW:
        yield f"    and {len(more) - _NAMES_TO_SHOW} more"
    for name in sorted(plain.not_passed - abi3.not_passed)[:_NAMES_TO_SHOW]:
        yield f"    only the plain build fails: {name}"
    if not more and abi3.last:
        yield f"    the abi3 wheel's last line: {abi3.last}"


def _imported_on(result: WheelResult) -> Iterator[str]:
    for each in result.outcomes:
        if each.verdict is Verdict.PASSED:
            yield label_of(each.trial.interpreter.builder)


def _failures(result: WheelResult) -> dict[str, str]:
    """Return the first fault of each Python on which something failed."""
    found = {}
    for each in result.outcomes:
        if each.verdict in {Verdict.FAILED, Verdict.NOT_TRIED}:
            fault = each.faults[0]
            name = f"{fault.what}: " if fault.what else ""
            last = fault.output.strip().rpartition("\n")[2]
            text = fault.text.splitlines()[-1] if fault.text else ""
            shown = f"{text}: {last}" if last else text
            found[label_of(each.trial.interpreter.builder)] = f"{name}{shown}"
    return found


def _comparison(compared: Comparison) -> dict[str, object]:
    return {
        "python": compared.python,
        "same": compared.is_same,
        "obstacle": compared.obstacle or None,
        "plain": _outcome(compared.plain),
        "abi3": _outcome(compared.abi3),
    }


def _outcome(outcome: TestsOutcome | None) -> dict[str, object] | None:
    if outcome is None:
        return None
    return {
        "status": outcome.status,
        "counts": dict(outcome.counts),
        "not_passed": sorted(outcome.not_passed),
        "last_line": outcome.last,
    }
