"""Ask every interpreter found whether it exports what the tables say."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from abi3build.stable_abi.known_names import examined_releases, parse_names
from abi3build.stable_abi.stable_symbols import (
    SystemOfPython,
    condition_holds,
    linux_exports,
    stable_symbols,
)
from abi3build.versions import PythonVersion
from workbench.pythons import find_pythons

PLATFORMS = {"darwin": SystemOfPython.MACOS, "win32": SystemOfPython.WINDOWS}
PLATFORM = PLATFORMS.get(sys.platform, SystemOfPython.LINUX)

# Hidden by mistake: https://docs.python.org/3/c-api/stable.html lists it since 3.4.
LISTED_BUT_MISSING = {("PyCFunction_New", PythonVersion(3, 9))}

ASK = """
import ctypes, json, platform, sys, sysconfig
names = json.load(sys.stdin)
print(json.dumps({
    "cpython": sys.implementation.name == "cpython",
    "release": platform.python_version(),
    "debug": hasattr(sys, "gettotalrefcount"),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "exported": [name for name in names if hasattr(ctypes.pythonapi, name)],
}))
"""


class Answer(NamedTuple):
    """What one interpreter says of itself and of the names."""

    release: str
    version: PythonVersion
    is_debug: bool
    is_regular: bool
    exported: frozenset[str]


def interpreters() -> list[str]:
    """Return the path of each interpreter on this machine."""
    return [str(each.executable) for each in find_pythons()]


def all_names() -> list[str]:
    """Return every name in the data, stable or not."""
    data = Path(sys.modules[linux_exports.__module__].__file__ or "")
    return sorted(parse_names(data.with_name("names.txt").read_text("ascii")))


@cache
def answer(interpreter: str) -> Answer:
    """Ask an interpreter which names it exports; skip one that does not run."""
    run = subprocess.run(
        [interpreter, "-c", ASK],
        input=json.dumps(all_names()),
        capture_output=True,
        check=False,
        text=True,
    )
    facts: dict[str, Any] = json.loads(run.stdout or "{}")
    if not facts.get("cpython"):
        pytest.skip(f"no CPython: {interpreter}")
    release = facts["release"]
    return Answer(
        release,
        PythonVersion.parse(".".join(release.split(".")[:2])),
        facts["debug"],
        not (facts["debug"] or facts["free_threaded"]),
        frozenset(facts["exported"]),
    )


@pytest.mark.parametrize("interpreter", interpreters())
def test_the_stable_abi_is_exported(interpreter: str) -> None:
    python = answer(interpreter)
    promised = {
        symbol.name
        for symbol in stable_symbols().values()
        if symbol.added <= python.version
        and (symbol.name, python.version) not in LISTED_BUT_MISSING
        and (
            condition_holds(symbol.condition, PLATFORM, python.version)
            or (symbol.condition == "Py_REF_DEBUG" and python.is_debug)
        )
    }
    assert promised - python.exported == set()


@pytest.mark.skipif(PLATFORM is not SystemOfPython.LINUX, reason="the data is Linux's")
@pytest.mark.parametrize("interpreter", interpreters())
def test_exactly_the_names_in_the_table_are_exported(interpreter: str) -> None:
    python = answer(interpreter)
    if not python.is_regular or python.release not in examined_releases():
        pytest.skip(f"the table was made without {python.release}")
    listed = {name for name in all_names() if python.version in linux_exports(name)}
    assert python.exported == listed
