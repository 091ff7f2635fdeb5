"""Order builds from a process for each Python, which is kept until the tests end."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.running import CommandError, Run, clean_environment

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["build_by_backend", "config_settings", "run_setup"]

_LEGACY = "setuptools.build_meta:__legacy__"
"""https://peps.python.org/pep-0517/#source-trees"""


def run_setup(
    python: Path, project: Path, environ: Mapping[str, str], *words: str
) -> Run:
    """Run commands of a project's ``setup.py``, in a fork of a Python with setuptools.

    ``environ`` is all that it sees, and has the ``PYTHONPATH`` of that process.
    """
    return _order(python, project, environ, {"backend": "", "words": words})


def build_by_backend(
    python: Path,
    project: Path,
    environ: Mapping[str, str],
    settings: Mapping[str, object],
    hook: str = "build_wheel",
) -> Run:
    """Call a project's own backend as ``build --no-isolation`` does, in such a fork."""
    system: dict[str, Any] = {}
    if (project / "pyproject.toml").exists():
        text = (project / "pyproject.toml").read_text(encoding="utf-8")
        try:
            system = tomllib.loads(text).get("build-system", {})
        except tomllib.TOMLDecodeError as error:
            return Run(1, "", f"ERROR Failed to parse pyproject.toml: {error}\n")
    how = {
        "backend": system.get("build-backend", _LEGACY),
        "backend_path": system.get("backend-path", []),
        "settings": settings,
        "hook": hook,
    }
    return _order(python, project, environ, how)


def config_settings(arguments: Sequence[str]) -> dict[str, object] | None:
    """Return what ``-C`` options say; None if there are other arguments as well."""
    settings: dict[str, object] = {}
    words = iter(arguments)
    for word in words:
        if not word.startswith("-C"):
            return None
        key, _, value = (word[2:] or next(words)).partition("=")
        before = settings.get(key)
        several = [*before, value] if isinstance(before, list) else [before, value]
        settings[key] = several if key in settings else value
    return settings


def _order(
    python: Path, project: Path, environ: Mapping[str, str], how: Mapping[str, object]
) -> Run:
    server = _server(python, environ["PYTHONPATH"])
    assert server.stdin is not None
    assert server.stdout is not None
    order = {"folder": str(project), "environ": dict(environ), **how}
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    answer = server.stdout.readline()
    if not answer:
        message = f"the builds of {python} ended with {server.wait()}"
        raise CommandError(message)
    return Run(*json.loads(answer))


@cache
def _server(python: Path, path: str) -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [python, Path(__file__).with_name("forked_builds.py")],
        encoding="utf-8",
        env=clean_environment({"PYTHONPATH": path}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[str]) -> None:
    """Let it end by itself: it reads no further order."""
    server.communicate()
