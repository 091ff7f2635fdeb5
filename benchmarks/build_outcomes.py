"""Install one build of a project on one Python, and record how its tests end."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from port_projects import unpacked

from abi3build.targets.interpreters import find_interpreters

_HERE = Path(__file__).resolve().parent
_LIMIT = 1200
"""Seconds that one build, or the tests of one project, may take."""


@dataclass(frozen=True)
class Tested:
    """Say how the tests of a project are run."""

    name: str
    copied: tuple[str, ...]
    requires: tuple[str, ...]
    command: tuple[str, ...]


@dataclass
class Outcome:
    """Hold how each test ended with one build on one Python."""

    tests: list[list[str]] = field(default_factory=list)
    """Identifiers with pytest's categories, sorted."""

    modules: list[str] = field(default_factory=list)
    """The modules of C in the abi3 wheel that this build has and the tests loaded."""

    trouble: str = ""
    """Why there are no tests, if there are none."""

    @property
    def counts(self) -> str:
        """Return how many tests ended in which way, or why none did."""
        counted = Counter(category for _, category in self.tests)
        shown = ", ".join(f"{counted[each]} {each}" for each in sorted(counted))
        return shown or " ".join(self.trouble.split())[-200:]


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser for what each script about the tests of projects takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("list", type=Path)
    parser.add_argument("tests", type=Path)
    parser.add_argument("names", nargs="*", help="only these projects")
    parser.add_argument("--work", type=Path, required=True)
    return parser


def tested_in(file: Path) -> list[Tested]:
    """Return what a file says about the tests of projects, in its order."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        name, *words = line.split(";")
        copied, requires, command = (tuple(each.split()) for each in words)
        found.append(Tested(name.strip(), copied, requires, command))
    return found


def outcome(
    tested: Tested, installed: Path, sdist: Path, python: str, modules: list[str]
) -> Outcome:
    """Return how the tests end with one build, a wheel or sources, on one Python."""
    found = recorded(tested, installed, sdist, python, "outcome_recorder")
    if isinstance(found, str):
        return Outcome(trouble=found)
    loaded = modules_of(found["files"])
    return Outcome(
        found["outcomes"],
        [each for each in modules if each in loaded],
        "" if found["outcomes"] else found["said"],
    )


def recorded(
    tested: Tested, installed: Path, sdist: Path, python: str, recorder: str
) -> dict[str, Any] | str:
    """Return what a plugin of pytest, a file beside this one, wrote about the tests.

    What pytest said is added to it as ``said``, and returned alone if nothing was
    written.
    """
    with tempfile.TemporaryDirectory(prefix="port-tests-") as scratch:
        folder = Path(scratch)
        executable = folder / "environment" / "bin" / "python"
        create = ["uv", "venv", "-q", "-p", path_of(python), "environment"]
        install = ["uv", "pip", "install", "-q", "--python", str(executable)]
        for command in (create, [*install, str(installed), *tested.requires]):
            # uv leaves locks in the folder for temporary files.
            status, output = _run(command, folder, {**os.environ, "TMPDIR": scratch})
            if status:
                return f"not installed: {output}"
        here = folder / "here"
        for each in (here, folder / "home"):
            each.mkdir()
        shutil.copy(_HERE / f"{recorder}.py", here)
        tests = _copied(tested, sdist, folder)
        words = [each.replace("{tests}", str(tests)) for each in tested.command]
        options = ["-q", "-p", "no:cacheprovider", "-p", recorder]
        _, output = _run(
            [str(executable), "-m", *words, *options], here, _own_environment(folder)
        )
        record = folder / "record.json"
        if not record.is_file():
            return output
        found = json.loads(record.read_text(encoding="utf-8"))
        return {**found, "said": output}


def modules_of(files: list[str]) -> list[str]:
    """Return the modules of C among the files of a wheel or an environment, sorted."""
    within = (each.rpartition("site-packages/")[2] for each in files)
    return sorted({each.split(".")[0] for each in within if each.endswith(".so")})


def path_of(python: str) -> str:
    """Return a Python of this machine by its version, with a ``d`` for debug builds."""
    return next(
        str(each.path)
        for each in find_interpreters(os.environ).interpreters
        if f"{each.builder.version}{'d' if each.builder.debug else ''}" == python
        and each.builder.implementation == "cpython"
        and not each.builder.free_threaded
    )


def _copied(tested: Tested, sdist: Path, folder: Path) -> Path:
    """Copy what the tests of a project need, and return the folder of the tests."""
    checks = [each for each in tested.copied if each.startswith("port_checks/")]
    names = [each for each in tested.copied if each not in checks]
    own = folder / "here" / "project"
    project = unpacked(sdist, folder / "unpacked")
    for name in names:
        source, target = project / name, own / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    shutil.rmtree(folder / "unpacked")
    tests = own / (names or ["tests"])[0]
    for name in checks:
        shutil.copytree(_HERE / name, tests, dirs_exist_ok=True)
    return tests


def _own_environment(folder: Path) -> dict[str, str]:
    """Return variables with which tests find the recorder and leave nothing behind."""
    kept = {key: text for key, text in os.environ.items() if key[:6] != "PYTHON"}
    return {
        **kept,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(folder / "here"),
        "RECORD": str(folder / "record.json"),
    }


def _run(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Return the status of a command and what it said; it and its children end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            status = -1
            said.seek(0, os.SEEK_END)
            said.write(f"\nnot finished after {_LIMIT} s\n")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.seek(0)
        return status, said.read()[-4000:]
