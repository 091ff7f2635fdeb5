"""Commands of a trial: their programs, their output, and what they leave behind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from abi3build.trials.command_program import (
    ForeignProgramError,
    find_command_program,
    without_environments,
)
from abi3build.trials.environments import Environment
from abi3build.trials.orphans import adopted_orphans
from abi3build.trials.processes import Ended, Processes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs made as scripts")

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1], "w") as stream:
            stream.write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not (os.path.exists(sys.argv[1]) and os.path.getsize(sys.argv[1])):
    time.sleep(0.01)
"""


def lives(process: int) -> bool:
    """Tell whether a process is there, for as long as a killed one may need."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
        except OSError:
            return False
        if state.split()[0] == "Z":
            return False
        time.sleep(0.01)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")
@pytest.mark.parametrize("clears_variables", [False, True])
def test_ends_a_daemon(tmp_path: Path, clears_variables: bool) -> None:  # noqa: FBT001 - a row
    """One that tells nothing of where it comes from is ended with the last trial."""
    place, code = tmp_path / "process", DAEMON
    if clears_variables:
        clean = (
            "os.execve(sys.executable, [sys.executable, '-c', code, *sys.argv[1:]], {})"
        )
        code = f"import os, sys; code = {DAEMON!r}; {clean}"
    with adopted_orphans() as orphans:
        ended = Processes(orphans).run(
            [sys.executable, "-c", code, place],
            folder=tmp_path,
            environ=os.environ,
            seconds=60,
        )
        assert ended.status == 0
        daemon = int(place.read_text())
        assert clears_variables or not lives(daemon)
    assert not lives(daemon)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("", "no output"),
        ("one\n\ntwo\nthree\n  four\n", "two / three / four"),
        (
            "< ERROR: Could not find x\nERROR: No match\nTraceback:\nKeyError: 3\n",
            "ERROR: Could not find x / ERROR: No match",
        ),
        (
            "abi3build: error: too new\nERROR: Backend failed\nlast\n",
            "abi3build: error: too new",
        ),
    ],
)
def test_the_last_words_are_the_errors_of_the_tools(output: str, words: str) -> None:
    assert Ended(1, output).last_words == words


def test_keeps_the_end_of_what_is_written(tmp_path: Path) -> None:
    code = "import sys\nfor _ in range(80): sys.stdout.write('x' * 65536)\nprint('end')"
    ended = Processes().run(
        [sys.executable, "-c", code], folder=tmp_path, environ=os.environ, seconds=60
    )
    assert ended.status == 0
    assert len(ended.output) <= 65536
    assert ended.output.endswith("xend\n")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Make what stands for the environment of 3.11, with a Python in it."""
    scripts = tmp_path / "environment" / "bin"
    script(scripts / "python", "#!/bin/sh\n")
    script(scripts / "python3.11", "#!/bin/sh\n")
    return Environment(scripts.parent, scripts / "python", scripts, (), ())


def script(path: Path, text: str) -> Path:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


FOREIGN = [
    "#!/other/bin/python3.13\n",
    "#!/usr/bin/env python3.13\n",
    "#!/usr/bin/env -S python3.13 -I\n",
    "#!/bin/sh\n'''exec' /a/very/long/path/python3 \"$0\" \"$@\"\n' '''\n",
    '#!/usr/bin/env bash\nexec "/root/.pyenv/libexec/pyenv" exec "$program" "$@"\n',
]


@pytest.mark.parametrize("text", FOREIGN)
def test_refuses_a_program_of_another_python(
    tmp_path: Path, environment: Environment, text: str
) -> None:
    place = script(tmp_path / "host" / "bin" / "pytest", text)
    with pytest.raises(ForeignProgramError) as raised:
        find_command_program("pytest", environment, {"PATH": str(place.parent)})
    assert str(raised.value) == (
        f"pytest: not in this environment, and {place} would run under another Python:"
        " name the package that contains it with --requires"
    )
    with pytest.raises(ForeignProgramError) as raised:
        find_command_program(str(place), environment, {})
    assert str(raised.value) == (
        f"{place} would run under a Python other than the one that is tried: write"
        " python before it"
    )


def test_refuses_another_python_itself(
    tmp_path: Path, environment: Environment
) -> None:
    place = script(tmp_path / "host" / "bin" / "python3.13", "#!/bin/sh\n")
    with pytest.raises(ForeignProgramError) as raised:
        find_command_program("python3.13", environment, {"PATH": str(place.parent)})
    assert str(raised.value) == (
        f"{place} is another Python: write python, which is the one that is tried"
    )


def test_takes_the_environments_own_program_first_and_others_that_are_no_pythons(
    tmp_path: Path, environment: Environment
) -> None:
    host = tmp_path / "host" / "bin"
    make = script(host / "make", "#!/bin/sh\n")
    script(host / "pytest", FOREIGN[0])
    portable = script(tmp_path / "run", "#!/usr/bin/env python3.11\n")
    own = script(environment.scripts / "pytest", f"#!{environment.python}\n")
    variables = {"PATH": str(host)}
    for word, expected in (
        ("pytest", own),
        ("python", environment.python),
        ("make", make),
        (str(portable), portable),
        (str(own), own),
    ):
        assert find_command_program(word, environment, variables) == str(expected)


def test_leaves_other_environments_out_of_the_path(
    tmp_path: Path, environment: Environment
) -> None:
    system, host = tmp_path / "usr" / "bin", tmp_path / "host" / "bin"
    for folder in (system, host):
        folder.mkdir(parents=True)
    (host.parent / "pyvenv.cfg").touch()
    shims = tmp_path / ".pyenv" / "shims"
    folders = map(str, (environment.scripts, host, shims, system))
    path = os.pathsep.join([*folders, "", "bin"])
    assert without_environments(path, environment.scripts) == os.pathsep.join(
        map(str, (environment.scripts, system))
    )
