"""Builds that fail or are ended in the middle leave nothing; the next one is right."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from stopped_builds import BY_FRONT_END, BY_SETUP, FortyUnits, Stop

if TYPE_CHECKING:
    from stopped_builds import Ended

    from workbench.building import Workbench

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals have other names"
)

MANY = int(os.environ.get("ABI3_MANY_BUILDS", "1"))
"""How often each is repeated; a session of nox has more."""

ONLY_OFTEN = (
    pytest.param(signal.SIGINT, True, BY_SETUP, id="Ctrl-C at setup.py"),
    pytest.param(signal.SIGINT, False, BY_SETUP, id="SIGINT"),
)
CHANCE = random.SystemRandom()
LATEST = 1.1
"""Some signals come after the last command, or too late."""


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, workbench: Workbench
) -> FortyUnits:
    """Return a project of forty units, which each run leaves as it was."""
    return FortyUnits(tmp_path_factory.mktemp("stopped"), workbench)


def test_units_that_fail_among_forty_are_named_and_the_next_build_is_right(
    project: FortyUnits, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, outcomes = [], Counter[str]()
    for run in range(MANY):
        project.clean()
        project.write(broken=CHANCE.sample(project.units, CHANCE.choice([1, 2])))
        failed = project.build()
        faults += _faults(run, failed)
        if failed.status != 1 or "abi3build: error: extension" not in failed.said:
            faults.append(f"{run}: no clean error: {failed}")
        outcomes[_outcome(failed)] += 1
        project.write()
        faults += _faults(run, project.build(), wanted=0)
    _tell(capsys, "a unit that fails among 40", outcomes)
    assert faults == []


@pytest.mark.parametrize(
    ("number", "to_group", "command"),
    [
        pytest.param(signal.SIGINT, True, BY_FRONT_END, id="Ctrl-C at build"),
        pytest.param(signal.SIGTERM, False, BY_SETUP, id="SIGTERM"),
        *(ONLY_OFTEN if MANY > 1 else ()),
    ],
)
def test_a_build_ended_in_its_middle_leaves_nothing_and_the_next_is_right(  # noqa: PLR0913, PLR0917 - all of one run
    project: FortyUnits,
    number: signal.Signals,
    to_group: bool,  # noqa: FBT001 - a parameter of pytest
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    faults, outcomes = [], Counter[str]()
    for run in range(MANY):
        project.clean()
        how = Stop(number, to_group, CHANCE.uniform(0, LATEST))
        ended = project.build(command, stop=how)
        faults += _faults(run, ended)
        is_clean = "abi3build: error: interrupted: no wheel was kept" in ended.said
        if ended.has_wheel == is_clean:
            faults.append(f"{run}: no clean error: {how} {ended}")
        outcomes[_outcome(ended)] += 1
        faults += _faults(run, project.build(), wanted=0)
    _tell(capsys, request.node.callspec.id, outcomes)
    assert faults == []


def _faults(run: int, ended: Ended, wanted: int | None = None) -> list[str]:
    faults = [f"{run}: {fault}\n{ended.said}" for fault in ended.faults]
    if wanted is not None and ended.status != wanted:
        faults.append(f"{run}: the next build ends with {ended.status}\n{ended.said}")
    return faults


def _outcome(ended: Ended) -> str:
    return "right wheel" if ended.has_wheel else "clean error"


def _tell(
    capsys: pytest.CaptureFixture[str], what: str, outcomes: Counter[str]
) -> None:
    if MANY > 1:
        counts = ", ".join(f"{count} {each}" for each, count in outcomes.items())
        with capsys.disabled():
            sys.stdout.write(f"\n{what}: {MANY} builds: {counts}\n")
