"""Commands side by side: whole outputs in order, one turn at a time, and bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from io import StringIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from abi3build.settings.model import Parallel
from abi3build.setuptools_plugin.build_screen import BuildScreen, Job, summary
from abi3build.setuptools_plugin.command_pool import (
    BuildStoppedError,
    CommandPool,
    Lane,
)
from abi3build.setuptools_plugin.jobs_at_once import jobs_at_once
from abi3build.setuptools_plugin.side_by_side import (
    meeting_names,
    why_one_command,
    why_one_extension,
)
from abi3build.setuptools_plugin.watching import watch_compiler

if TYPE_CHECKING:
    from pathlib import Path

_WAIT = "import os, sys, time\nwhile not os.path.exists({there!r}): time.sleep(0.01)\n"
_SAY = "import os, sys\nfor _ in range(2): os.write(1, b'{name}\\n')\n"


def _job(code: str, finished: list[str] | None = None, makes: str = "") -> Job:
    words = [sys.executable, "-S", "-c", code]
    done = finished if finished is not None else []
    return Job(words, lambda _, __: done.append(makes or code), makes)


def test_outputs_stay_whole_and_in_the_order_of_their_commands(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first one ends last: it waits for what the second one writes."""
    there = str(tmp_path / "there")
    first = _WAIT.format(there=there) + _SAY.format(name="first")
    second = _SAY.format(name="second") + f"open({there!r}, 'w').close()"
    finished: list[str] = []
    pool = CommandPool(2, {})
    with pool.open():
        pool.put_off(_job(first, finished, "first.o"))
        pool.put_off(_job(second, finished, "second.o"))
        assert pool.settle() == []
    assert sorted(finished) == ["first.o", "second.o"]
    assert capfd.readouterr().err.split() == ["first", "first", "second", "second"]


def test_a_failure_stops_what_has_not_begun_in_its_lane() -> None:
    finished: list[str] = []
    pool = CommandPool(1, {})
    with pool.open():
        pool.put_off(_job("raise SystemExit(3)", finished))
        pool.put_off(_job("pass", finished))
        (failed,) = pool.settle()
        assert failed.error == f"command {sys.executable!r} failed with exit code 3"
        pool.put_off(_job("pass", finished))
        assert pool.settle() == []
    assert finished == ["pass"]


def test_a_program_that_is_not_there_is_a_failure() -> None:
    pool = CommandPool(1, {})
    with pool.open():
        pool.put_off(Job(["/no/such/compiler"], lambda _, __: None))
        (failed,) = pool.settle()
    assert failed.error == (
        "command '/no/such/compiler' failed: No such file or directory"
    )


def test_lanes_begin_in_order_and_have_their_python_one_at_a_time(
    capfd: pytest.CaptureFixture[str],
) -> None:
    pool = CommandPool(3, {})
    said: list[str] = []
    alone = threading.Lock()

    def build(name: str) -> None:
        for step in ("begins", "ends"):
            assert alone.acquire(blocking=False)
            said.append(f"{name} {step}")
            pool.put_off(_job(_SAY.format(name=name)))
            alone.release()
            assert pool.settle() == []

    names = ["a", "b", "c", "d"]
    lanes = [Lane(index) for index in range(len(names))]
    with pool.open():
        ended = pool.run_lanes([partial(build, name) for name in names], lanes)
    assert ended == [None] * 4
    assert [each for each in said if "begins" in each] == [f"{n} begins" for n in names]
    assert capfd.readouterr().err.split() == [n for n in names for _ in range(4)]


def test_a_fatal_failure_stops_the_other_lanes() -> None:
    pool = CommandPool(1, {})

    def fail() -> None:
        pool.put_off(_job("raise SystemExit(1)"))
        if pool.settle():
            raise ValueError

    def follow() -> None:
        pool.put_off(_job("pass"))
        pool.settle()

    lanes = [Lane(0, ends_build=True), Lane(1)]
    with pool.open():
        ended = pool.run_lanes([fail, follow], lanes)
    assert [type(each) for each in ended] == [ValueError, BuildStoppedError]


def test_a_failure_that_may_be_leaves_the_other_lanes_alone() -> None:
    pool = CommandPool(1, {})

    def fail() -> None:
        raise ValueError

    lanes = [Lane(0), Lane(1)]
    with pool.open():
        ended = pool.run_lanes([fail, lambda: None], lanes)
    assert [type(each) for each in ended] == [ValueError, type(None)]


class LateTurn:
    """Be the turn of a pool; threads other than the main one get it when they may."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self.asked, self.granted = threading.Semaphore(0), threading.Semaphore(0)
        self.release = self._turn.release

    def acquire(self) -> None:
        """Wait for the turn."""
        if threading.current_thread() is not threading.main_thread():
            self.asked.release()
            self.granted.acquire()
        self._turn.acquire()

    def __enter__(self) -> None:
        """Wait for the turn."""
        self.acquire()

    def __exit__(self, *_: object) -> None:
        """Hand it on."""
        self.release()


@pytest.mark.skipif(sys.platform == "win32", reason="signals have other names")
@pytest.mark.parametrize("has_begun", [False, True])
def test_a_lane_that_gets_its_turn_after_an_interruption_does_nothing(
    has_begun: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """It would start compilers that nothing waits for, past the doors of the pool."""
    pool, turn, lane, did = CommandPool(1, {}), LateTurn(), Lane(), list[str]()
    pool._turn = turn  # type: ignore[assignment] # noqa: SLF001

    def task() -> None:
        if has_begun:
            with pool.paused():
                pass
        did.append("compiled")

    def interrupt() -> None:
        assert turn.asked.acquire(timeout=60)
        if has_begun:
            turn.granted.release()
            assert turn.asked.acquire(timeout=60)
        for _ in range(30):
            if pool._is_interrupted:  # noqa: SLF001 - nothing else shows it
                return
            os.kill(os.getpid(), signal.SIGTERM)
            # One that comes just before a lock is waited for does not end the wait:
            # https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
            time.sleep(2)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    with pytest.raises(KeyboardInterrupt), pool.open():
        pool.run_lanes([task], [lane])
    turn.granted.release()
    assert lane.has_sources.wait(60)
    assert did == []


@pytest.mark.parametrize(
    ("setting", "asked", "environ", "jobs"),
    [
        (None, None, {}, 8),
        (Parallel(), True, {}, 8),
        (Parallel(3), None, {}, 3),
        (Parallel(64), None, {}, 8),
        (Parallel(6), 2, {}, 2),
        (None, None, {"MAX_JOBS": "5", "CMAKE_BUILD_PARALLEL_LEVEL": "4"}, 4),
        (None, None, {"MAX_JOBS": "many"}, 8),
        (None, 0, {}, 1),
    ],
)
def test_the_smallest_bound_counts(
    setting: Parallel | None,
    asked: object,
    environ: dict[str, str],
    jobs: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "abi3build.setuptools_plugin.jobs_at_once.processors"
    monkeypatch.setattr(module, lambda: 8)
    assert jobs_at_once(setting, asked, environ) == jobs


def test_extensions_whose_objects_would_meet_are_known_by_their_sources() -> None:
    sources = {
        "one": ["src/a.c", "shared.c"],
        "two": ["shared.cpp"],
        "three": ["src/../src/a.pyx"],
        "four": ["b.i"],
        "five": ["b_wrap.c"],
        "six": ["b.c"],
    }
    extensions = [
        SimpleNamespace(name=name, sources=files) for name, files in sources.items()
    ]
    assert meeting_names(extensions) == {"one", "two", "three", "four", "five"}


class _Compiler:
    compiler_type = "unix"

    def compile(self) -> None:
        """Stand for a method of distutils."""

    spawn = call = _compile = compile  # noqa: A003 - distutils has that name


_Compiler.compile.__module__ = "setuptools._distutils.ccompiler"


def test_a_compiler_that_someone_has_changed_runs_its_commands_one_by_one() -> None:
    compiler: Any = _Compiler()
    assert why_one_command(compiler) == ""
    compiler.spawn = lambda command: command
    assert why_one_command(compiler) == f"{__name__} replaces the compiler's spawn"
    compiler.compiler_type = "msvc"
    assert why_one_command(compiler).startswith("Microsoft's compiler writes")


@pytest.mark.parametrize("name", ["call", "spawn"])
def test_a_class_that_someone_has_changed_is_seen_though_it_is_watched(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler: Any = _Compiler()
    watch_compiler(compiler)
    assert why_one_command(compiler) == ""
    monkeypatch.setattr(_Compiler, name, _Command.build_extension)
    compiler = _Compiler()
    watch_compiler(compiler)
    assert why_one_command(compiler) == f"{__name__} replaces the compiler's {name}"


def test_a_changed_function_that_starts_programs_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiler: Any = _Compiler()
    monkeypatch.setattr(subprocess, "check_call", lambda command: command)
    found = why_one_command(compiler)
    assert found == f"{__name__} replaces the <lambda> that starts programs"


class _Command:
    def build_extension(self, extension: object) -> None:
        """Stand for a project's own method."""


def test_a_project_that_builds_extensions_by_itself_builds_them_one_by_one() -> None:
    assert why_one_extension(_Command(), ()) == "the project builds extensions itself"


def test_a_summary_tells_what_was_compiled_and_what_took_longest() -> None:
    made = [(0.25 * number, f"{number}.c") for number in range(1, 8)]
    assert summary(made, 33, 3.14) == [
        "40 units, 33 reused, 3.1 s",
        *(f"{0.25 * number:.2f} s for {number}.c" for number in (7, 6, 5, 4, 3)),
    ]
    assert summary([], 1, 0.04) == ["1 unit, 1 reused, 0.0 s"]


class _Terminal(StringIO):
    def isatty(self) -> bool:
        """Be one on which a line can be drawn again."""
        return True


def test_a_terminal_shows_how_far_a_long_build_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "abi3build.setuptools_plugin.build_screen"
    monkeypatch.setattr(f"{module}._SECONDS_BEFORE_PROGRESS", 0.01)
    monkeypatch.setattr(f"{module}._SECONDS_BETWEEN", 0.01)
    monkeypatch.setenv("COLUMNS", "30")
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = BuildScreen()
    screen.expect(38)
    jobs = [Job([], makes=f"build/{name}.o") for name in ("first", "second" * 9)]
    for job in jobs:
        screen.count(job)
        screen.begin(job)
    while "first" not in terminal.getvalue():
        time.sleep(0.01)
    screen.done(jobs[0])
    while "second" not in terminal.getvalue():
        time.sleep(0.01)
    screen.close()
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines[1] == "[0/40] 0 s, first for 0 s"
    assert lines[-2:] == ["[1/40] 0 s, secondsecondsecon", ""]


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_nothing_is_drawn_where_no_line_can_be_drawn_again(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "abi3build.setuptools_plugin.build_screen"
    monkeypatch.setattr(f"{module}._SECONDS_BEFORE_PROGRESS", 0.01)
    monkeypatch.setenv("TERM", term)
    stream = _Terminal() if term == "dumb" else StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    screen = BuildScreen()
    screen.begin(Job([], makes="build/first.o"))
    time.sleep(0.1)
    screen.close()
    assert stream.getvalue() == ""
