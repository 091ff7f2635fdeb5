"""Several inputs at once: the order, lost workers, and how many are worth it."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import time

import pytest

from abi3build.audit.audit_input import audit_input
from abi3build.commands import Progress
from abi3build.workers import PRELOADED, WorkerLostError, default_jobs, in_order

MEGABYTE = 1024 * 1024
SECONDS_OF_WORK = 60


class Terminal(io.StringIO):
    """Stand for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def slower_when_smaller(number: int) -> int:
    time.sleep(0.02 * (5 - number))
    return number


def slow_after_one(number: int) -> int:
    if number:
        time.sleep(SECONDS_OF_WORK)
    return number


def die_at_two(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_results_have_the_order_of_the_inputs(jobs: int) -> None:
    finished: list[None] = []
    made = in_order(slower_when_smaller, range(5), jobs, lambda: finished.append(None))
    assert list(made) == [0, 1, 2, 3, 4]
    assert len(finished) == 5


def test_a_lost_worker_costs_its_own_input_and_no_other() -> None:
    made = list(in_order(die_at_two, [0, 1, 2, 3, 2, 4], 2, lambda: None))
    assert [isinstance(each, WorkerLostError) for each in made] == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]
    assert [each for each in made if isinstance(each, int)] == [0, 1, 3, 4]


@pytest.mark.skipif(os.name == "nt", reason="it has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_and_the_workers(number: int) -> None:
    made = in_order(slow_after_one, range(4), 2, lambda: os.kill(os.getpid(), number))
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(made)
    while multiprocessing.active_children():
        assert time.monotonic() < start + SECONDS_OF_WORK
        time.sleep(0.05)


def test_workers_begin_with_what_they_run_loaded() -> None:
    assert audit_input.__module__ == PRELOADED


@pytest.mark.parametrize(
    ("sizes", "jobs"),
    [
        pytest.param([], 1, id="nothing"),
        pytest.param([300 * MEGABYTE], 1, id="one-input"),
        pytest.param([MEGABYTE] * 30, 1, id="too-small-to-gain"),
        pytest.param([3 * MEGABYTE] * 16, 2, id="one-more-for-each-32-MB"),
        pytest.param([40 * MEGABYTE] * 2, 2, id="one-each"),
        pytest.param([40 * MEGABYTE] * 9, 4, id="one-for-each-processor"),
    ],
)
def test_jobs_by_default(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], jobs: int
) -> None:
    monkeypatch.setattr("abi3build.workers.processors", lambda: 4)
    assert default_jobs(sizes) == jobs


def test_progress_is_one_line_of_a_terminal_that_goes_again() -> None:
    terminal = Terminal()
    progress = Progress(2, terminal)
    progress.advance()
    progress.advance()
    progress.finish()
    assert terminal.getvalue() == (
        "\rabi3build: 1 of 2 audited\rabi3build: 2 of 2 audited"
        "\r                         \r"
    )


def test_what_has_a_name_leaves_a_line_with_its_time() -> None:
    terminal = Terminal()
    progress = Progress(2, terminal, "tried")
    progress.advance("3.9: passed", 1.26)
    progress.finish()
    assert terminal.getvalue() == (
        "abi3build: 3.9: passed, 1.3 s\n\rabi3build: 1 of 2 tried"
        "\r                       \r"
    )
    pipe = io.StringIO()
    for named in (False, True):
        Progress(2, pipe, named=named).advance("3.9: passed", 1.26)
    assert pipe.getvalue() == "abi3build: 3.9: passed, 1.3 s\n"


@pytest.mark.parametrize(
    ("total", "stream"),
    [
        pytest.param(2, io.StringIO(), id="no-terminal"),
        pytest.param(1, Terminal(), id="one-input"),
    ],
)
def test_no_progress_where_nobody_waits(total: int, stream: io.StringIO) -> None:
    progress = Progress(total, stream)
    progress.advance()
    progress.finish()
    assert stream.getvalue() == ""
