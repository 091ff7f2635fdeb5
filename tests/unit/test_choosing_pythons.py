"""Which Pythons a wheel is tried on, what each must make of it, which are missing."""

from __future__ import annotations

import pytest
from interpreters_in_small import interpreter, wheel_named

from abi3build.trials.choosing import choose, label_of
from abi3build.trials.expectations import Expectation

_MACHINE = (
    "3.6", "3.8", "3.9", "3.11", "pypy 3.11", "3.12", "3.13", "3.13d", "3.13t",
    "3.14t", "3.15", "3.15t",
)  # fmt: skip

_SAYS = {
    Expectation.INSTALLS: "",
    Expectation.REFUSED_BY_TAG: " refused",
    Expectation.REFUSED_BY_REQUIRES_PYTHON: " refused by Requires-Python",
}

_WITHOUT_GIL = ["3.13t refused", "3.14t refused", "3.15t refused"]


@pytest.mark.parametrize(
    ("tags", "requires_python", "tried", "missing"),
    [
        pytest.param(
            "cp39-abi3",
            "",
            ["3.8 refused", "3.9", "3.11", "3.12", "3.13", "3.13d", "3.15"],
            ("3.10", "3.14"),
            id="abi3",
        ),
        pytest.param(
            "cp36.cp39-abi3",
            ">=3.11,!=3.13.1",
            ["3.9 refused by Requires-Python", "3.11", "3.12", "3.15"],
            ("3.13", "3.14"),
            id="Requires-Python above the tag",
        ),
        pytest.param(
            "cp315-abi3.abi3t", "", ["3.13 refused", "3.15", "3.15t"], (), id="abi3t"
        ),
        pytest.param(
            "cp315-abi3t", "", ["3.13 refused", "3.15t"], (), id="abi3t alone"
        ),
        pytest.param("cp314-cp314t", "", ["3.14t"], (), id="one without the GIL"),
        pytest.param("cp313-cp313", "", ["3.13", "3.13d"], (), id="one version"),
        pytest.param("cp310-cp310", "", [], ("3.10",), id="one that is missing"),
        pytest.param("cp36-cp36m", "", ["3.6"], (), id="one with the m flag"),
        pytest.param(
            "py3-none",
            ">=3.13,<3.15",
            ["3.13", "3.13d", "3.13t", "3.14t"],
            (),
            id="no ABI",
        ),
        pytest.param("pp311-pypy311_pp73", "", ["PyPy 3.11"], (), id="PyPy"),
    ],
)
def test_takes_what_is_admitted_and_its_neighbours(
    tags: str, requires_python: str, tried: list[str], missing: tuple[str, ...]
) -> None:
    wheel = wheel_named(f"{tags}-linux_x86_64", requires_python)
    choice = choose(wheel, [interpreter(label) for label in _MACHINE])
    said = [
        label_of(trial.interpreter.builder) + _SAYS[trial.expectation]
        for trial in choice.trials
    ]
    if "abi3" in tags and "abi3t" not in tags:
        # Beside an abi3 wheel stand those that it is not for.
        tried = sorted([*tried, *_WITHOUT_GIL], key=_by_version)
    assert sorted(said, key=_by_version) == sorted(tried, key=_by_version)
    assert choice.missing == missing


def test_takes_the_newest_release_of_each_minor_version() -> None:
    found = [interpreter("3.12", patch=1), interpreter("3.12", patch=9)]
    trials = choose(wheel_named("cp39-abi3-linux_x86_64"), found).trials
    assert [trial.interpreter.release for trial in trials] == ["3.12.9"]


def _by_version(said: str) -> tuple[int, str]:
    label = said.removeprefix("PyPy ").split()[0]
    return int(label.rstrip("td").partition(".")[2]), said
