"""The parts of ``abi3build try`` that need no interpreter."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, write_wheel
from interpreters_in_small import interpreter

from abi3build.reports.trial_report import SCHEMA, render_json, render_text
from abi3build.trials.choosing import Choice, Trial
from abi3build.trials.environments import Tools, ways
from abi3build.trials.expectations import Expectation
from abi3build.trials.importing import Frame, ImportEnd, ImportSeen, Observation
from abi3build.trials.judging import judge
from abi3build.trials.processes import Ended
from abi3build.trials.running import Work
from abi3build.trials.wheel_trials import WheelResult, WheelTrials, modules_to_import
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"
PIP = ("26.3", ">=3.10", ("3.10", "3.12"))
INSTALLED = Ended(0, "Successfully installed demo-1.0")


@pytest.mark.parametrize(
    ("members", "modules"),
    [
        pytest.param(
            {
                "demo/sample.abi3.so": LIBRARY,
                "demo/__init__.py": b"",
                "demo-1.0.data/platlib/other/sample.so": LIBRARY,
                "sample.cpython-311-x86_64-linux-gnu.so": LIBRARY,
                "demo.libs/sample.so": LIBRARY,
                "demo/not-a-name.abi3.so": LIBRARY,
            },
            ("demo.sample", "other.sample", "sample"),
            id="extension modules",
        ),
        pytest.param(
            {
                "demo/plain.so": LIBRARY.replace(b"PyInit_", b"NoInit_"),
                "demo/__init__.py": b"",
                "demo/inner/__init__.py": b"",
                "space/part/__init__.py": b"",
                "demo-1.0.data/purelib/single.py": b"",
                "demo-1.0.data/scripts/program.py": b"",
            },
            ("demo", "single", "space.part"),
            id="no extension modules",
        ),
    ],
)
def test_imports_extension_modules_or_packages(
    tmp_path: Path, members: dict[str, bytes], modules: tuple[str, ...]
) -> None:
    wheel = write_wheel(tmp_path / NAME, members)
    assert modules_to_import(*read_wheel(wheel)) == modules


@pytest.mark.parametrize(
    ("tools", "label", "wanted", "expected"),
    [
        (Tools("uv", *PIP), "3.12", "auto", "uv, here, own"),
        (Tools("uv", *PIP), "3.9", "auto", "uv, own"),
        (Tools("uv", *PIP), "3.12", "uv", "uv"),
        (Tools("uv", *PIP), "3.12", "pip", "here, own"),
        (Tools("uv", *PIP), "3.15", "pip", "own, here"),
        (Tools("uv", *PIP, True), "3.12", "auto", "here, own, uv"),  # noqa: FBT003 - a row
        (Tools("", "22.2", ">=3.7", ("3.12",)), "3.12", "auto", "own"),
        (Tools(), "3.12", "auto", "own"),
    ],
)
def test_installs_with_what_there_is(
    tools: Tools, label: str, wanted: str, expected: str
) -> None:
    words = {"UV": "uv", "PIP_HERE": "here", "OWN_PIP": "own"}
    found = ways(tools, interpreter(label), wanted)
    assert ", ".join(words[way.name] for way in found) == expected


def test_shows_every_fault_once_with_its_pythons(tmp_path: Path) -> None:
    """Each kind of failure, in whole; the JSON follows its schema."""
    jsonschema = pytest.importorskip("jsonschema")
    result = made_up_result(tmp_path)
    assert render_text([result]) == (
        f"{NAME}: FAILS on 3.11, 3.12, 3.13, 3.14\n"
        "  Python  import                            tests   seconds\n"
        "  3.7.1   refused, as Requires-Python says  -           0.5\n"
        "  3.8.1   refused, as the tag says          -           0.5\n"
        "  3.9.1   5 of 5                            passed      0.5\n"
        "  3.10.1  not tried, see below              -           0.5\n"
        "  3.11.1  0 of 5                            -           0.5\n"
        "  3.12.1  1 of 5                            -           0.5\n"
        "  3.13.1  1 of 5                            -           0.5\n"
        "  3.14.1  5 of 5                            FAILED      0.5\n"
        "  3.15    not on this machine               -             -\n"
        "  install on 3.10\n"
        "    not tried: pip 23.2.1 is too old to install it there\n"
        "    | AttributeError: module 'pkgutil' has no attribute 'ImpImporter'\n"
        "    hint: install uv, or abi3build[try], which includes it\n"
        "  install on 3.11\n"
        "    the wheel was not installed\n"
        "    | ERROR: demo has an invalid wheel\n"
        "  demo.crash on 3.12, 3.13\n"
        "    crashed with SIGSEGV\n"
        "    at demo/__init__.py:3 in <module>\n"
        "  demo.abort on 3.12, 3.13\n"
        "    crashed with SIGABRT (Fatal Python error: it is so)\n"
        "  demo.hang on 3.12, 3.13\n"
        "    took longer than 60 s\n"
        "  demo.symbol on 3.12, 3.13\n"
        "    ImportError: demo/symbol.abi3.so: undefined symbol: _PyLong_AsInt\n"
        "    hint: abi3build symbol _PyLong_AsInt shows what to use instead\n"
        "  pytest on 3.14\n"
        "    exit status 1\n"
        "    | 1 failed\n"
        "  not imported, by --skip: demo.old\n"
        "  error: required and not tried: 3.15t\n"
        "  hint: uv python install 3.15\n"
    )
    document = json.loads(render_json([result], ["a fault"]))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (trial,) = document["trials"]
    assert (trial["passed"], trial["missing"]) == (False, ["3.15"])
    assert trial["pythons"][5]["faults"][0] == {
        "step": "import",
        "subject": "demo.crash",
        "message": "crashed with SIGSEGV",
        "place": "demo/__init__.py:3 in <module>",
        "hint": None,
        "output": [],
    }


def made_up_result(folder: Path) -> WheelResult:
    """Judge observations that were made up, one of each kind."""
    modules = ("demo.abort", "demo.crash", "demo.good", "demo.hang", "demo.symbol")
    work = Work({}, folder / NAME, modules, command="pytest")
    good = tuple(ImportSeen(module, ImportEnd.IMPORTED) for module in modules)
    invalid = "ERROR: demo has an invalid wheel\n"
    symbol = "ImportError: demo/symbol.abi3.so: undefined symbol: _PyLong_AsInt"
    bad = (
        ImportSeen(
            "demo.crash",
            ImportEnd.DIED,
            -signal.SIGSEGV,
            "Fatal Python error: Segmentation fault",
            Frame("demo/__init__.py", 3, "<module>"),
        ),
        ImportSeen(
            "demo.abort",
            ImportEnd.DIED,
            -signal.SIGABRT,
            "Fatal Python error: it is so",
        ),
        ImportSeen("demo.hang", ImportEnd.TOOK_TOO_LONG, None),
        ImportSeen("demo.symbol", ImportEnd.RAISED, error=symbol),
        ImportSeen("demo.good", ImportEnd.IMPORTED),
    )
    rows = {
        "3.7": (Expectation.REFUSED_BY_REQUIRES_PYTHON, None, (), None),
        "3.8": (Expectation.REFUSED_BY_TAG, None, (), None),
        "3.9": (Expectation.INSTALLS, INSTALLED, good, Ended(0)),
        "3.10": (Expectation.INSTALLS, None, (), None),
        "3.11": (Expectation.INSTALLS, Ended(1, invalid), (), None),
        "3.12": (Expectation.INSTALLS, INSTALLED, bad, None),
        "3.13": (Expectation.INSTALLS, INSTALLED, bad, None),
        "3.14": (Expectation.INSTALLS, INSTALLED, good, Ended(1, "1 failed\n\n")),
    }
    outcomes = []
    for label, (expected, install, imports, command) in rows.items():
        seen = Observation("", "", install, imports, command, seconds=0.5)
        if install is None:
            old = "pip 23.2.1 is too old to install it there"
            said = "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'"
            seen = Observation(old, said, seconds=0.5)
        outcomes.append(judge(Trial(interpreter(label), expected), work, seen))
    trials = tuple(outcome.trial for outcome in outcomes)
    planned = WheelTrials(work.wheel, modules, Choice(trials, ("3.15",)), ("demo.old",))
    return WheelResult(planned, tuple(outcomes), ("3.15t",))


@pytest.mark.parametrize(
    ("command", "output", "hint"),
    [
        (
            "python -m pytest -q",
            "/x/python: No module named pytest",
            "name the package that contains pytest with --requires",
        ),
        (
            "pytest -q",
            "E   ModuleNotFoundError: No module named 'six.moves'",
            "name the package that contains six with --requires",
        ),
        ("pytest -q", "ModuleNotFoundError: No module named 'helpers'", ""),
        ("pytest -q", "ModuleNotFoundError: No module named 'demo'", ""),
        (
            "python t.py",
            "python: can't open file '/x/empty/t.py': [Errno 2] No such file",
            "the command runs in an empty folder: write {project}/t.py",
        ),
        (
            "pytest -q t.py",
            "ERROR: file or directory not found: t.py\n",
            "the command runs in an empty folder: write {project}/t.py",
        ),
        ("pytest --pyargs t.py", "1 failed", ""),
    ],
)
def test_a_command_that_lacks_something(
    tmp_path: Path, command: str, output: str, hint: str
) -> None:
    for name in ("helpers.py", "t.py"):
        (tmp_path / name).touch()
    trial = Trial(interpreter("3.9"), Expectation.INSTALLS)
    work = Work({}, outermost=("demo",), command=command, project=tmp_path)
    seen = Observation(command=Ended(1, output))
    assert judge(trial, work, seen).faults[-1].hint == hint
