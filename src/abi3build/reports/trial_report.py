"""What came of trying wheels on real Pythons, as a table and as JSON.

``trials.schema.json`` beside this module describes the document.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.trials.choosing import install_hint, label_of
from abi3build.trials.judging import Verdict
from abi3build.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.trials.judging import Fault, TrialResult
    from abi3build.trials.wheel_trials import WheelResult

__all__ = ["SCHEMA", "render_json", "render_text"]


SCHEMA = Path(__file__).with_name("trials.schema.json")
"""The JSON Schema (draft 2020-12) of the document."""

_LINES_OF_TEXT = 20
"""Of a message of several lines, as exceptions may have."""

_COMMAND = {True: "passed", False: "FAILED", None: "-"}


def render_text(results: Sequence[WheelResult]) -> str:
    """Render a headline and a table for each wheel, each fault below its Python."""
    return "".join(
        f"{on_one_line(line)}\n" for each in results for line in _lines(each)
    )


def render_json(results: Sequence[WheelResult], errors: Sequence[str] = ()) -> str:
    """Render one versioned document; only its seconds differ between two runs."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "trials": [_wheel(each) for each in results],
        "errors": list(errors),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _lines(result: WheelResult) -> Iterator[str]:
    yield f"{result.trials.path.name}: {_headline(result)}"
    missing = result.trials.choice.missing
    table = [
        ("Python", "import", "tests", "seconds"),
        *(_row(each, len(result.trials.modules)) for each in result.outcomes),
        *((label, "not on this machine", "-", "-") for label in missing),
    ]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    for row in table:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths)]
        yield f"  {'  '.join(cells)}  {row[3]:>7}"
    yield from _faults(result.outcomes)
    if result.trials.skipped:
        yield f"  not imported, by --skip: {', '.join(result.trials.skipped)}"
    if result.required:
        yield f"  error: required and not tried: {', '.join(result.required)}"
    hint = install_hint(missing)
    if hint:
        yield f"  hint: {hint}"


def _headline(result: WheelResult) -> str:
    failed = [
        label_of(each.trial.interpreter.builder)
        for each in result.outcomes
        if each.verdict is Verdict.FAILED
    ]
    if failed:
        return f"FAILS on {', '.join(failed)}"
    passed = sum(each.verdict is Verdict.PASSED for each in result.outcomes)
    hindered = [
        label_of(each.trial.interpreter.builder)
        for each in result.outcomes
        if each.verdict is Verdict.NOT_TRIED
    ]
    not_tried = f", not tried on {', '.join(hindered)}" if hindered else ""
    return f"works on {passed} {'Python' if passed == 1 else 'Pythons'}{not_tried}"


def _row(outcome: TrialResult, modules: int) -> tuple[str, str, str, str]:
    interpreter = outcome.trial.interpreter
    python = label_of(interpreter.builder).replace(
        str(interpreter.builder.version), interpreter.release
    )
    if outcome.verdict is Verdict.REFUSED:
        reason = "the tag" if outcome.refusal == "tag" else outcome.refusal
        imported = f"refused, as {reason} says"
    elif outcome.verdict is Verdict.NOT_TRIED:
        imported = "not tried, see below"
    else:
        imported = f"{len(outcome.imported)} of {modules}"
    return python, imported, _COMMAND[outcome.command_passed], f"{outcome.seconds:.1f}"


def _faults(outcomes: Sequence[TrialResult]) -> Iterator[str]:
    """Return each fault once, with the Pythons on which it was seen."""
    seen: dict[Fault, list[str]] = {}
    for outcome in outcomes:
        label = label_of(outcome.trial.interpreter.builder)
        for fault in outcome.faults:
            seen.setdefault(fault, []).append(label)
    for fault, labels in seen.items():
        yield f"  {fault.what or fault.step.value} on {', '.join(labels)}"
        first, *more = fault.text.splitlines() or [""]
        yield f"    {first}"
        yield from (f"    | {line}" for line in more[:_LINES_OF_TEXT])
        if fault.place:
            yield f"    at {fault.place}"
        yield from (f"    | {line}" for line in fault.output.splitlines())
        if fault.hint:
            yield f"    hint: {fault.hint}"


def _wheel(result: WheelResult) -> dict[str, object]:
    return {
        "path": str(result.trials.path),
        "name": result.trials.path.name,
        "passed": result.passed,
        "modules": list(result.trials.modules),
        "skipped": list(result.trials.skipped),
        "missing": list(result.trials.choice.missing),
        "required_and_not_tried": list(result.required),
        "pythons": [_outcome(each) for each in result.outcomes],
    }


def _outcome(outcome: TrialResult) -> dict[str, object]:
    interpreter = outcome.trial.interpreter
    return {
        "python": label_of(interpreter.builder),
        "release": interpreter.release,
        "executable": str(interpreter.path),
        "expected": outcome.trial.expectation.value,
        "verdict": outcome.verdict.value,
        "refusal": outcome.refusal or None,
        "imported": list(outcome.imported),
        "command_passed": outcome.command_passed,
        "faults": [_fault(fault) for fault in outcome.faults],
        "seconds": round(outcome.seconds, 1),
    }


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "step": fault.step.value,
        "subject": fault.what or None,
        "message": fault.text,
        "place": fault.place or None,
        "hint": fault.hint or None,
        "output": fault.output.splitlines(),
    }
