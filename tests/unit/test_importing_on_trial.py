"""Processes on trial that end in every way: a script plays them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from interpreters_in_small import interpreter

from abi3build.trials.choosing import Trial
from abi3build.trials.environments import Environment
from abi3build.trials.expectations import Expectation
from abi3build.trials.importing import Observation, import_all
from abi3build.trials.judging import judge
from abi3build.trials.processes import Ended, Processes
from abi3build.trials.running import Work

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the script is one of the shell"
)

_CRASH = """\
Fatal Python error: Segmentation fault

Thread 0x00007f1 [other] (most recent call first):
  File "/usr/lib/python3.14/threading.py", line 359 in wait

Current thread 0x00007f2 [python] (most recent call first):
  File "<frozen importlib._bootstrap>", line 488 in _call_with_frames_removed
  File "/env/lib/demo/core.py", line 7 in start
  File "/env/lib/demo/__init__.py", line 3 in <module>

Current thread's C stack trace (most recent call first):
  Binary file "/usr/bin/python3.14", at _Py_DumpStack+0x2e
"""
_OVERTIME = """\
Timeout (0:00:05)!
Thread 0x00007f1 (most recent call first):
  File "/usr/lib/python3.9/threading.py", line 312 in wait
Thread 0x00007f2 (most recent call first):
  File "/env/lib/demo/wait.py", line 9 in forever
"""
_FOLDERS = {"folders": ["/env/lib"]}


def _raised(error: str) -> dict[str, object]:
    return {"error": error, "frame": ["/env/lib/demo/late.py", 4, "load"]}


@pytest.mark.parametrize(
    ("facts", "dump", "end", "expected"),
    [
        pytest.param(
            [_FOLDERS, {"begins": "demo.a"}],
            _CRASH,
            "kill -SEGV $$",
            "demo.a: crashed with SIGSEGV at demo/core.py:7 in start",
            id="a crash among threads",
        ),
        pytest.param(
            [_FOLDERS, {"begins": "demo.a"}],
            _OVERTIME,
            "exit 1",
            "demo.a: took longer than 5 s at demo/wait.py:9 in forever",
            id="a hang among threads",
        ),
        pytest.param(
            [_FOLDERS, {"begins": "demo.a"}],
            "Fatal Python error: Aborted\n",
            "kill -ABRT $$",
            "demo.a: crashed with SIGABRT (Fatal Python error: Aborted)",
            id="an abort",
        ),
        pytest.param(
            [_FOLDERS, {"begins": "demo.a"}],
            "",
            "exit 0",
            "demo.a: ended Python with exit status 0",
            id="an exit",
        ),
        pytest.param(
            [
                *(_FOLDERS, {"begins": "demo.a"}),
                {
                    "ends": "demo.a",
                    "fault": _raised("ImportError: /env/lib/demo/a.so: no"),
                },
            ],
            "",
            "exit 0",
            "demo.a: ImportError: demo/a.so: no at demo/late.py:4 in load",
            id="an exception",
        ),
        pytest.param(
            [_FOLDERS, {"begins": "demo.a"}, {"ends": "demo.a", "fault": None}],
            _CRASH,
            "kill -SEGV $$",
            ": after the imports, when Python exited, it crashed with SIGSEGV",
            id="a crash at exit",
        ),
        pytest.param(
            [[], "no JSON", {"begins": "demo.a"}, {"ends": "demo.a", "fault": None}]
            * 2,
            "",
            "exit 0",
            "",
            id="a module that forks and writes among the results",
        ),
        pytest.param(
            [],
            "",
            "echo a cause; echo the reason; exit 1",
            "demo.a: Python did not start: the reason",
            id="no Python",
        ),
    ],
)
def test_says_how_an_import_ended(
    facts: list[object], dump: str, end: str, expected: str, tmp_path: Path
) -> None:
    written = "".join(
        f"{fact if isinstance(fact, str) else json.dumps(fact)}\n" for fact in facts
    )
    for name, text in (("facts", written), ("dump", dump)):
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    python = tmp_path / "python"
    # Its arguments are those of the script: -I -B SCRIPT RESULTS FRAMES SECONDS MODULE.
    python.write_text(f'#!/bin/sh\ncat facts > "$4"\ncat dump > "$5"\n{end}\n', "ascii")
    python.chmod(0o755)
    environment = Environment(tmp_path, python, tmp_path, (), ())
    seen = import_all(["demo.a"], environment, dict(os.environ), Processes(), 5)
    trial = Trial(interpreter("3.12"), Expectation.INSTALLS)
    observation = Observation(install=Ended(0), imports=seen)
    outcome = judge(trial, Work({}, import_seconds=5), observation)
    assert [
        f"{fault.what}: {fault.text}" + (f" at {fault.place}" if fault.place else "")
        for fault in outcome.faults
    ] == [expected] * bool(expected)


def test_ends_what_does_not_end_by_itself(tmp_path: Path) -> None:
    """A group of processes: the shell, and what it left in the background.

    Whoever has the pipe open says so after a while, or is gone and says nothing.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    command = ["sh", "-c", "(sleep 20; echo alive) > pipe & echo begun; wait"]
    environ = dict(os.environ)
    ended = Processes().run(command, folder=tmp_path, environ=environ, seconds=1)
    os.set_blocking(reader, True)
    said = os.read(reader, 16)
    os.close(reader)
    assert (ended.status, said) == (None, b"")
