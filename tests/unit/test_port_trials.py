"""``port --try`` finds the tests of a project, and takes silence for no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.port_trials.own_tests import OwnTests, find_own_tests
from abi3build.port_trials.port_trial_report import render_port_trial
from abi3build.port_trials.tests_outcome import TestsOutcome, read_outcome
from abi3build.port_trials.trying_ports import Comparison, PortTrial
from abi3build.trials.choosing import Choice
from abi3build.trials.wheel_trials import WheelResult, WheelTrials

if TYPE_CHECKING:
    from pathlib import Path

CIBUILDWHEEL = """\
[tool.cibuildwheel]
test-command = "pytest {package}/checks"
test-requires = ["pytest", "numpy"]
"""
CIBUILDWHEEL_WITH_SOURCES = """\
[tool.cibuildwheel]
test-command = "python -m pytest -v"
test-extras = ["test"]
test-groups = "more"
test-sources = ["checks", "data"]
[dependency-groups]
more = ["six"]
"""
EXTRA = """\
[project]
name = "demo"
version = "1"
optional-dependencies.test = ["pytest-mock", "pytest"]
"""


@pytest.mark.parametrize(
    ("files", "members", "expected"),
    [
        (
            {"pyproject.toml": CIBUILDWHEEL, "tests/test_a.py": ""},
            [],
            OwnTests(
                "pytest {project}/checks",
                ("pytest", "numpy"),
                "test-command of [tool.cibuildwheel]",
            ),
        ),
        (
            # A shell would be needed, so what else there is counts.
            {
                "pyproject.toml": CIBUILDWHEEL.replace("pytest {", "cd x && pytest {"),
                "test/deep/test_a.py": "",
            },
            ["demo/tests/test_a.py"],
            OwnTests("python -m pytest {project}/test", ("pytest",), "test"),
        ),
        (
            # Sources would be copied to where the command runs.
            {"pyproject.toml": CIBUILDWHEEL_WITH_SOURCES + EXTRA},
            [],
            OwnTests(
                "python -m pytest -v {project}/checks {project}/data",
                ("pytest-mock", "pytest", "six"),
                "test-command of [tool.cibuildwheel]",
            ),
        ),
        (
            {
                "pyproject.toml": CIBUILDWHEEL_WITH_SOURCES.replace(
                    "-m pytest -v", "checks/all.py"
                ),
                "test_all.py": "",
            },
            [],
            OwnTests(
                "python -m pytest {project}/test_all.py", ("pytest",), "test_all.py"
            ),
        ),
        (
            {"pyproject.toml": EXTRA, "test_all.py": ""},
            [],
            OwnTests(
                "python -m pytest {project}/test_all.py",
                ("pytest", "pytest-mock"),
                "test_all.py",
            ),
        ),
        (
            {"tests/data.txt": ""},
            ["demo/tests/deep/tests/test_b.py", "demo/tests/test_a.py"],
            OwnTests("python -m pytest --pyargs demo.tests", ("pytest",), "demo/tests"),
        ),
        ({"tests/helper.py": "", "test.py": ""}, ["demo/test_a.py"], None),
    ],
)
def test_a_project_says_where_its_tests_are(
    files: dict[str, str],
    members: list[str],
    expected: OwnTests | None,
    tmp_path: Path,
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_own_tests(tmp_path, members) == expected
    own = find_own_tests(tmp_path, members, "python x.py", ("six",))
    assert own == OwnTests("python x.py", ("six",), "--command")


PYTEST = """\
FAILED tests/test_a.py::test_one[a-b] - AssertionError: 3 passed in 1.00s
FAILED tests/test_a.py::test_two[a <b at 0x7f30>] - assert [x for x in y] - [1]
ERROR tests/test_b.py
==== 2 failed, 3 passed, 2 skipped, 1 warning, 2 errors in 61.53s (0:01:01) ====
"""
UNITTEST = """\
FAIL: test_one (tests.test_a.Case)
----------
Ran 12 tests in 0.001s

FAILED (failures=1, expected failures=1, skipped=2)
"""


@pytest.mark.parametrize(
    ("status", "output", "words", "not_passed", "proves"),
    [
        (
            1,
            PYTEST,
            "2 errors, 2 failed, 3 passed, 2 skipped",
            {
                "tests/test_a.py::test_one[a-b]",
                "tests/test_a.py::test_two[a <b at 0x>]",
                "tests/test_b.py",
            },
            True,
        ),
        (0, "12 passed in 0.10s\n", "12 passed", set(), True),
        (5, "=== no tests ran in 0.01s ===\n", "exit status 5", set(), False),
        (0, "2 skipped in 0.01s\n", "2 skipped", set(), False),
        (
            1,
            UNITTEST,
            "1 expected failures, 1 failures, 8 passed, 2 skipped",
            {"test_one (tests.test_a.Case)"},
            True,
        ),
        (0, "Ran 1 test in 0.1s\n\nOK\n", "1 passed", set(), True),
        (0, "fine\n", "exit status 0", set(), True),
        (3, "bad\n", "exit status 3", set(), False),
        (None, "", "took too long", set(), False),
    ],
)
def test_what_tests_say_is_read(
    status: int | None,
    output: str,
    words: str,
    not_passed: set[str],
    proves: bool,  # noqa: FBT001 - a case
) -> None:
    outcome = read_outcome(status, output)
    assert outcome.words == words
    assert outcome.not_passed == not_passed
    assert outcome.proves_something is proves


def a_trial(path: Path, *compared: Comparison, tests: bool = True) -> PortTrial:
    result = WheelResult(WheelTrials(path / "a.whl", ("a",), Choice(())), ())
    own = OwnTests("pytest {project}", ("pytest",), "--command") if tests else None
    return PortTrial("a.whl", imports=result, tests=own, comparisons=compared)


def outcome(passed: int, *failed: str) -> TestsOutcome:
    counts = (("failed", len(failed)),) if failed else ()
    sums = tuple(sorted((*counts, ("passed", passed))))
    return TestsOutcome(int(bool(failed)), sums, frozenset(failed), "the end")


def test_only_the_same_tests_on_both_builds_are_a_proof(tmp_path: Path) -> None:
    same = Comparison("3.9", outcome(12), outcome(12))
    other = Comparison("3.15", outcome(12), outcome(11, "t.py::x"))
    nothing = Comparison("3.15", obstacle="the plain build fails: no compiler")
    assert a_trial(tmp_path, same, nothing).is_proved
    assert not a_trial(tmp_path, same, other).is_proved
    assert not a_trial(tmp_path, nothing).is_proved
    assert not a_trial(tmp_path, tests=False).is_proved
    assert not PortTrial(fault="the stable ABI build fails: no compiler").is_proved


def test_the_report_says_what_differs_and_what_proves_nothing(tmp_path: Path) -> None:
    same = Comparison("3.9", outcome(12), outcome(12))
    other = Comparison("3.15", outcome(12), outcome(11, "t.py::x"))
    head = "built: a.whl\naudit: it keeps its promise\nimported on: no Python\n"
    run = "tests: pytest {project} (from --command)\n"
    assert render_port_trial(a_trial(tmp_path, same, other)) == (
        f"{head}{run}"
        "  3.9: the same: 12 passed\n"
        "  3.15: DIFFERENT: 12 passed with the plain build, 1 failed, 11 passed with"
        " the abi3 wheel\n"
        "    only the abi3 wheel fails: t.py::x\n"
        "the tests DIFFER between the plain build and the abi3 wheel\n"
    )
    nothing = Comparison("3.9", obstacle="the plain build fails: no compiler")
    assert render_port_trial(a_trial(tmp_path, nothing)) == (
        f"{head}{run}"
        "  3.9: not compared: the plain build fails: no compiler\n"
        "nothing was compared, so nothing shows that the module behaves as before: name"
        " what the tests need with --requires, or others with --command\n"
    )
    assert render_port_trial(a_trial(tmp_path, tests=False)) == (
        f"{head}"
        "tests: none were found, so nothing shows that the module behaves as before:"
        " name some with --command\n"
    )
