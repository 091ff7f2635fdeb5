"""Jobs of make are shared: each command beyond the first takes a token."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from abi3build.setuptools_plugin.build_screen import Job
from abi3build.setuptools_plugin.command_pool import CommandPool
from abi3build.setuptools_plugin.jobserver import find_jobserver
from abi3build.setuptools_plugin.parallel_build import compile_in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make has pipes on POSIX")


@pytest.fixture(params=["pipe", "old pipe", "fifo"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, int, int]]:
    """Make a jobserver without tokens: make's flags, and the ends of it."""
    if request.param == "fifo":
        path = tmp_path / "jobs"
        os.mkfifo(path)
        reader = writer = os.open(path, os.O_RDWR)
        flags = f" -j3 --jobserver-auth=fifo:{path}"
    else:
        reader, writer = os.pipe()
        name = "auth" if request.param == "pipe" else "fds"
        flags = f"w --jobserver-{name}=98,99 --jobserver-{name}={reader},{writer} -j"
    yield flags, reader, writer
    for descriptor in {reader, writer}:
        os.close(descriptor)


def _left(reader: int) -> bytes:
    """Take all tokens that there are."""
    os.set_blocking(reader, False)
    try:
        return os.read(reader, 100)
    except BlockingIOError:
        return b""


_MEET = """\
import os, sys, time
folder, number, needed = sys.argv[1:]
open(os.path.join(folder, number), "w").close()
limit = time.monotonic() + 60
while len(os.listdir(folder)) < int(needed) and time.monotonic() < limit:
    time.sleep(0.01)
raise SystemExit(0 if len(os.listdir(folder)) == int(needed) else "alone")
"""


def _meeting(folder: Path, number: int, needed: int) -> Job:
    words = [sys.executable, "-S", "-c", _MEET, str(folder), str(number), str(needed)]
    return Job(words, lambda _, __: None)


def test_each_command_beyond_the_first_takes_a_token(
    server: tuple[str, int, int], tmp_path: Path
) -> None:
    """Three wait for each other, which two tokens allow."""
    flags, reader, writer = server
    os.write(writer, b"ab")
    (tmp_path / "met").mkdir()
    pool = CommandPool(5, os.environ, find_jobserver({"MAKEFLAGS": flags}))
    with pool.open():
        for number in range(3):
            pool.put_off(_meeting(tmp_path / "met", number, 3))
        assert pool.settle() == []
    assert sorted(_left(reader)) == sorted(b"ab")


_COUNT = """\
import os, sys, time
folder, number = sys.argv[1:]
path = os.path.join(folder, number)
open(path, "w").close()
time.sleep(0.05)
print(len(os.listdir(folder)))
os.unlink(path)
raise SystemExit(int(number) == 5)
"""


def test_without_a_token_commands_run_one_by_one_and_a_failure_keeps_none(
    server: tuple[str, int, int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags, reader, writer = server
    folder = tmp_path / "running"
    folder.mkdir()
    pool = CommandPool(5, os.environ, find_jobserver({"MAKEFLAGS": flags}))
    with pool.open():
        for number in range(8):
            words = [sys.executable, "-S", "-c", _COUNT, str(folder), str(number)]
            pool.put_off(Job(words, lambda _, __: None))
        (failed,) = pool.settle()
    assert failed.words[-1] == "5"
    assert set(capfd.readouterr().err.split()) == {"1"}
    os.write(writer, b"ab")
    pool = CommandPool(5, os.environ, find_jobserver({"MAKEFLAGS": flags}))
    with pool.open():
        for _ in range(4):
            pool.put_off(Job([sys.executable, "-S", "-c", "1 / 0"], lambda _, __: None))
        assert pool.settle() != []
        pool.put_off(Job(["/no/such/compiler"], lambda _, __: None))
        assert pool.settle() != []
    assert sorted(_left(reader)) == sorted(b"ab")


def test_an_interruption_puts_tokens_back_and_waits_for_none(
    server: tuple[str, int, int], tmp_path: Path
) -> None:
    """Two commands run, and the third one would wait for ever."""
    flags, reader, writer = server
    os.write(writer, b"a")
    (tmp_path / "met").mkdir()
    pool = CommandPool(3, os.environ, find_jobserver({"MAKEFLAGS": flags}))

    def interrupted() -> None:
        with pool.open():
            for number in range(3):
                pool.put_off(_meeting(tmp_path / "met", number, 9))
            while len(list((tmp_path / "met").iterdir())) < 2:
                pass
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(list((tmp_path / "met").iterdir())) == 2
    assert _left(reader) == b"a"


@pytest.mark.parametrize(
    "flags",
    [
        "--jobserver-auth=98,99",
        "--jobserver-auth=-2,-2",
        "--jobserver-auth=fifo:/no/such/fifo",
        "--jobserver-auth=fifo:{file}",
        "--jobserver-auth={file_descriptor},{file_descriptor}",
        "--jobserver-auth={reader},{other}",
        "--jobserver-auth=99999999999,3",
        "--jobserver-auth=nonsense",
    ],
)
def test_what_is_no_jobserver_is_ignored_and_said_in_detail(
    flags: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "file"
    path.write_text("here")
    ends, others = os.pipe(), os.pipe()
    with path.open("r+b") as stream:
        option = flags.format(
            file=path, file_descriptor=stream.fileno(), reader=ends[0], other=others[1]
        )
        with caplog.at_level(logging.DEBUG):
            assert find_jobserver({"MAKEFLAGS": f" -j2 {option}"}) is None
    assert caplog.messages == [
        f"make's jobserver cannot be reached from here: {option}"
    ]
    assert path.read_text() == "here"
    for descriptor in (*ends, *others):
        os.close(descriptor)


def test_a_build_that_make_did_not_start_has_no_jobserver() -> None:
    assert find_jobserver({}) is None
    assert find_jobserver({"MAKEFLAGS": "-j4"}) is None


class _Counting:
    """Compile like distutils, and count how many do at once."""

    initialized = True

    def __init__(self) -> None:
        self.running = self.most = 0
        self.lock = threading.Lock()

    def compile(self, sources: list[str]) -> list[str]:
        """Take notice of the others."""
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        threading.Event().wait(0.02)
        with self.lock:
            self.running -= 1
        return sources


def test_a_compiler_that_is_called_in_threads_takes_tokens_too(
    server: tuple[str, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags, _, __ = server
    monkeypatch.setenv("MAKEFLAGS", flags)
    compiler = _Counting()
    compile_in_parallel(compiler, 4)
    names = [f"{number}.c" for number in range(8)]
    assert compiler.compile(names) == names
    assert compiler.most == 1
