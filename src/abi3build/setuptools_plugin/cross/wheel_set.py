"""Build for several platforms, one wheel for each.

In PEP 517, a build returns the name of one wheel.  Each wheel is put into the front
end's folder, and the name of one is returned: see ``build_set``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from abi3build.errors import TargetsError, UsageError
from abi3build.settings.loading import REPORT_VARIABLE
from abi3build.setuptools_plugin.console import ended_in_order, note, user_errors
from abi3build.setuptools_plugin.cross.cross_wheels import variables_for
from abi3build.setuptools_plugin.plan import requested_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abi3build.platforms import Platform

__all__ = ["build_set"]

_SECONDS_TO_CLEAN_UP = 10.0
_PAUSE = 0.05
"""In seconds, between two looks whether a build has ended."""

_BUILD_ONE = """
import json, pathlib, sys
sys.path[:], arguments, answer = json.loads(sys.argv.pop())
from abi3build.build_meta import build_wheel
pathlib.Path(answer).write_text(build_wheel(*arguments), encoding="utf-8")
"""


@dataclass(frozen=True)
class _Result:
    platform: Platform
    wheel: str
    """The wheel's name; empty if there is none, which was said already."""


def build_set(platforms: Sequence[Platform], arguments: Sequence[Any]) -> str:
    """Build for every platform; return the name of one wheel.

    ``arguments`` are those of ``build_wheel``.  The wheel returned is the one that this
    machine can install, else the last one: front ends install it.  If a platform fails,
    the others are still built, and then the build ends.  A set that is interrupted
    leaves nothing, because half of it would look complete.
    """
    with user_errors():
        _refuse_one_report(platforms, os.environ)
    directory, *others = arguments
    results = []
    with ended_in_order(), _draft(directory) as (draft, running):
        for number, platform in enumerate(platforms, start=1):
            note(f"{platform.tag} ({number} of {len(platforms)})")
            begin = monotonic()
            wheel = _build_apart(platform, (draft, *others), running)
            said = "built" if wheel else "not built"
            note(f"{platform.tag}: {said}, {monotonic() - begin:.1f} s")
            results.append(_Result(platform, wheel))
        for path in sorted(Path(draft).glob("*.whl")):
            path.replace(Path(directory, path.name))
    _report(results)
    return next(
        (result.wheel for result in results if _is_installable(result.wheel)),
        results[-1].wheel,
    )


def _refuse_one_report(
    platforms: Sequence[Platform], environ: Mapping[str, str]
) -> None:
    """Refuse a file in which each wheel's report would replace the one before."""
    place = requested_report(environ)[1]
    # Devices and pipes take one report after the other.
    if place and not Path(place).is_dir() and not Path(place).is_char_device():
        message = (
            f"{REPORT_VARIABLE} {Path(place).absolute()}: is not a directory, and"
            f" {len(platforms)} wheels have a report each: name a directory that exists"
        )
        raise UsageError(message)


@contextmanager
def _draft(directory: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Have a folder for finished wheels, and a list for the builds that run.

    After Ctrl-C, front ends kill this process within a quarter of a second: the builds
    are told to end and the folder is removed before anything is waited for.
    https://github.com/python/cpython/blob/main/Lib/subprocess.py (_sigint_wait_secs)
    """
    draft = mkdtemp(prefix=".abi3build-", dir=directory)
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield draft, running
    finally:
        for process in running:
            process.terminate()
        shutil.rmtree(draft, ignore_errors=True)
        for process in running:
            _end(process)
        shutil.rmtree(draft, ignore_errors=True)


def _build_apart(
    platform: Platform,
    arguments: Sequence[Any],
    running: list[subprocess.Popen[bytes]],
) -> str:
    """Build in a process of its own: setuptools remembers the folders that it made.

    Return the wheel's name, or nothing if it failed and was told.
    """
    draft = arguments[0]
    answer = Path(draft, f"{platform.tag}.name")
    given = json.dumps([sys.path, list(arguments), str(answer)])
    process = subprocess.Popen(
        # Isolated, or a json.py of the project would be loaded.
        [sys.executable, "-I", "-c", _BUILD_ONE, given],
        env={**os.environ, **variables_for(platform)},
        # A group of its own, so that its compilers can be ended with it.
        start_new_session=True,
    )
    running.append(process)
    # Popen.wait would hold back Ctrl-C for a quarter of a second.
    while process.poll() is None:
        sleep(_PAUSE)
    running.remove(process)
    return "" if process.returncode else answer.read_text(encoding="utf-8")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a build that was told to end clean up, then end what it started."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_CLEAN_UP)
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _report(results: Sequence[_Result]) -> None:
    width = max(len(result.platform.tag) for result in results)
    lines = [
        f"  {result.platform.tag:<{width}}  {result.wheel or 'failed, see above'}"
        for result in results
    ]
    lost = [result.platform.tag for result in results if not result.wheel]
    head = f"{len(results) - len(lost)} of {len(results)} wheels built"
    if not lost:
        note("\n".join([head, *lines]))
        return
    with user_errors():
        raise TargetsError("\n".join([f"{head}, none for {', '.join(lost)}", *lines]))


def _is_installable(wheel: str) -> bool:
    from packaging.tags import sys_tags
    from packaging.utils import parse_wheel_filename

    return not parse_wheel_filename(wheel)[3].isdisjoint(sys_tags())
