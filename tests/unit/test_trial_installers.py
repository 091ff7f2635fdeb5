"""What an installer cannot do says nothing of a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from interpreters_in_small import interpreter

from abi3build.trials.choosing import Trial
from abi3build.trials.environments import Tools
from abi3build.trials.expectations import Expectation
from abi3build.trials.judging import Verdict, judge
from abi3build.trials.processes import Ended
from abi3build.trials.running import Work, observe

if TYPE_CHECKING:
    from collections.abc import Sequence

WHEEL = "demo-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
CRASH = """\
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/venv/lib/python3.11/site-packages/pip/__main__.py", line 22, in <module>
    from pip._internal.cli.main import main as _main
AttributeError: module 'pkgutil' has no attribute 'ImpImporter'
"""
HANDLED_CRASH = "ERROR: Exception:\nTraceback (most recent call last):\nKeyError: 'x'\n"
UNKNOWN_TAG = f"ERROR: {WHEEL} is not a supported wheel on this platform.\n"
BROKEN = "ERROR: demo has an invalid wheel, .dist-info directory not found\n"


class Said:
    """Answer to each command of an installer in its turn, and start nothing."""

    def __init__(self, *answers: Ended) -> None:
        self._answers = list(answers)

    def run(self, command: Sequence[object], **_: object) -> Ended:
        """Make every environment; install as was said."""
        words = list(map(str, command))
        if "install" not in words:
            return Ended(0)
        return self._answers.pop(0)


def tried(label: str, tools: Tools, *answers: Ended) -> tuple[Verdict, str, str]:
    """Try a wheel with made-up installers; return the verdict and the first fault."""
    trial = Trial(interpreter(label), Expectation.INSTALLS)
    work = Work({}, Path(WHEEL), tools=tools)
    processes: Any = Said(*answers)
    result = judge(trial, work, observe(trial, work, processes))
    fault = result.faults[0] if result.faults else None
    return result.verdict, fault.text if fault else "", fault.output if fault else ""


OLD = Tools("", "23.2.1", ">=3.7", ("3.9", "3.12"))


@pytest.mark.parametrize("said", [CRASH, HANDLED_CRASH, UNKNOWN_TAG])
def test_the_next_installer_follows_one_that_is_too_old(said: str) -> None:
    passed = (Verdict.PASSED, "", "")
    assert tried("3.15", OLD, Ended(1, said), Ended(0)) == passed


@pytest.mark.parametrize("said", [CRASH, HANDLED_CRASH, UNKNOWN_TAG])
def test_installers_that_are_all_too_old_fail_no_wheel(said: str) -> None:
    last = said.strip().splitlines()[-1]
    text = "not tried: pip 23.2.1 is too old to install it there"
    found = tried("3.15", OLD, Ended(1, said), Ended(1, said))
    assert found == (Verdict.NOT_TRIED, text, last)


def test_a_wheel_that_no_installer_takes_fails() -> None:
    expected = (Verdict.FAILED, "the wheel was not installed", BROKEN.strip())
    assert tried("3.12", OLD, Ended(1, BROKEN)) == expected
    # Here another pip comes first, so that the old one has nothing to say.
    assert tried("3.15", OLD, Ended(1, BROKEN)) == expected


def test_an_error_in_a_build_of_a_dependency_is_no_crash_of_pip() -> None:
    said = (
        "error: subprocess-exited-with-error\n  Traceback (most recent call last):\n"
        '    File "/tmp/x/setup.py", line 1, in <module>\nERROR: Failed to build x\n'
    )
    assert tried("3.12", OLD, Ended(1, said))[0] is Verdict.FAILED


def test_what_a_tag_excludes_needs_no_installer() -> None:
    trial = Trial(interpreter("3.13t"), Expectation.REFUSED_BY_TAG)
    work = Work({}, Path(WHEEL), tools=OLD)
    nobody: Any = Said()
    result = judge(trial, work, observe(trial, work, nobody))
    assert (result.verdict, result.refusal) == (Verdict.REFUSED, "tag")
