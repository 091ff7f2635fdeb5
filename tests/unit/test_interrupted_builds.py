"""A build that is ended from outside leaves neither half a set nor its folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals have other names")

BUILD_ONE = """
import json, os, pathlib, sys, time
path, (directory, *_), answer = json.loads(sys.argv.pop())
platform = os.environ["ABI3BUILD_TARGET"]
wheel = pathlib.Path(directory, f"demo-1.0-cp39-abi3-{platform}.whl")
wheel.touch()
if platform.startswith("musllinux"):
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep(600)
pathlib.Path(answer).write_text(wheel.name)
"""

SET = f"""
from abi3build.platforms import read_platform
from abi3build.setuptools_plugin.cross import wheel_set
wheel_set._BUILD_ONE = {BUILD_ONE!r}
names = ("manylinux_2_17_aarch64", "musllinux_1_2_x86_64")
wheel_set.build_set([read_platform(name) for name in names], ["dist", None, None])
"""

ONE = """
import pathlib, os, time
from setuptools import Distribution
from setuptools.command.bdist_wheel import bdist_wheel

class Slow(bdist_wheel):
    def run(self):
        pathlib.Path("pid").write_text(str(os.getpid()))
        time.sleep(600)

distribution = Distribution({"name": "demo", "cmdclass": {"bdist_wheel": Slow}})
distribution.has_ext_modules = lambda: True
distribution.run_command("bdist_wheel")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("code", [SET, ONE], ids=["set", "one"])
def test_nothing_is_left_of_an_interrupted_build(
    tmp_path: Path, code: str, number: signal.Signals
) -> None:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    for folder in (project / "dist", temporary):
        folder.mkdir(parents=True)
    table = '[tool.abi3build]\nmin-python = "3.9"\n'
    (project / "pyproject.toml").write_text(table, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
    ) as process:
        place = project / "pid"
        while not (place.exists() and place.read_text()):
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    assert said.splitlines()[-1] == ("abi3build: error: interrupted: no wheel was kept")
    assert process.returncode == 130
    assert list((project / "dist").iterdir()) == []
    assert list(temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)


STUBBORN = SET.replace(
    "import json, os,",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\\nimport json, os,",
)
"""The build of one platform takes its time to end."""


def test_half_a_set_goes_before_anything_is_waited_for(tmp_path: Path) -> None:
    """A front end that Ctrl-C ends kills its build a quarter of a second later."""
    dist = tmp_path / "dist"
    dist.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], cwd=tmp_path, stderr=subprocess.DEVNULL
    ) as process:
        place = tmp_path / "pid"
        while not (place.exists() and place.read_text()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        while any(dist.iterdir()):
            time.sleep(0.01)
        # It would be gone if it had been waited for.
        os.kill(int(place.read_text()), signal.SIGKILL)
        assert process.wait(60) == 130
