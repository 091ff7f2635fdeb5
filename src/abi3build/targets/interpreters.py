"""Find the interpreters of this machine and what each would make of the settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.errors import BuilderError
from abi3build.surroundings import absolute_folders, find_program, home_folder
from abi3build.targets.target import Builder, decide_target
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from abi3build.settings.model import Settings
    from abi3build.targets.target import Target

__all__ = [
    "Decision",
    "FoundInterpreters",
    "Interpreter",
    "ask_interpreter",
    "decide_targets",
    "find_interpreters",
]


@dataclass(frozen=True)
class Decision:
    """Say what one interpreter makes, or why it makes nothing."""

    interpreter: Interpreter
    target: Target | None
    refusal: str = ""


def decide_targets(
    settings: Settings, interpreters: Iterable[Interpreter]
) -> tuple[Decision, ...]:
    """Decide for each interpreter as a build with it would."""
    return tuple(_decide(settings, interpreter) for interpreter in interpreters)


def _decide(settings: Settings, interpreter: Interpreter) -> Decision:
    try:
        return Decision(interpreter, decide_target(settings, interpreter.builder))
    except BuilderError as error:
        return Decision(interpreter, None, str(error))


_NAME = re.compile(r"(?:python3?|python3\.\d+[td]*|(?:pypy|graalpy)[\d.]*)(?:\.exe)?")
_AT_ONCE = 4
_SECONDS = 30.0

# The facts of abi3build.targets.builder.running_builder, which the other interpreter
# may be too old to import, or have no abi3build.
_QUESTION = """
import json, platform, sys, sysconfig
print(json.dumps({
    "prefix": sys.base_prefix,
    "build": sys.version,
    "release": ".".join(map(str, sys.version_info[:3])),
    "version": sys.version_info[:2],
    "implementation": sys.implementation.name,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "windows": platform.system() == "Windows",
    "bits": 64 if sys.maxsize > 2**32 else 32,
    "extension_suffix": sysconfig.get_config_var("EXT_SUFFIX") or "",
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """Describe where an interpreter is and what it says of itself."""

    path: Path
    release: str
    """Its version with the patch level, such as ``3.13.2``."""

    builder: Builder

    bits: int = 64
    """The size of its addresses; the machine code that it loads has the same."""


@dataclass(frozen=True)
class FoundInterpreters:
    """List the interpreters that answered, and the paths of those that were slow."""

    interpreters: tuple[Interpreter, ...]
    """Each installation once, the oldest first."""

    silent: tuple[Path, ...] = ()
    """Files that gave no answer in time."""


def find_interpreters(
    environ: Mapping[str, str], seconds: float = _SECONDS
) -> FoundInterpreters:
    """Find every Python 3 of this machine, and give up on those that are slow.

    ``environ`` are the variables that say where to look: ``PATH``, ``PYENV_ROOT``,
    ``UV_PYTHON_INSTALL_DIR``.  Each file found is run once, in isolated mode, and all
    of them together may take ``seconds``.
    """
    end = time.monotonic() + seconds
    paths = list(_distinct(_candidates(environ, end)))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as executor:
        answers = list(executor.map(lambda path: _ask(path, end), paths))
    found: dict[object, Interpreter] = {}
    for path, answer in zip(paths, answers):
        if isinstance(answer, dict):
            identity = answer["prefix"], answer["build"]
            found.setdefault(identity, _interpreter(path, answer))
    return FoundInterpreters(
        tuple(sorted(found.values(), key=_order)),
        tuple(path for path, answer in zip(paths, answers) if answer is None),
    )


def ask_interpreter(path: Path, seconds: float = _SECONDS) -> Interpreter | None:
    """Return the facts about one interpreter; None if a file answers as none does."""
    answer = _ask(path, time.monotonic() + seconds)
    return _interpreter(path, answer) if isinstance(answer, dict) else None


def _candidates(environ: Mapping[str, str], end: float) -> Iterator[Path]:
    yield Path(sys.executable)
    pyenv, uv = _pyenv(environ), _uv(environ)
    if pyenv is not None:
        yield from _installed(pyenv / "versions")
    if uv is not None:
        yield from _installed(uv)
    for name in absolute_folders(environ.get("PATH", os.defpath)):
        # pyenv's shims lead to the versions seen already, or nowhere.
        if pyenv is None or Path(name) != pyenv / "shims":
            yield from _in_folder(Path(name))
    if os.name == "nt":
        yield from _listed_by_launcher(end)


def _pyenv(environ: Mapping[str, str]) -> Path | None:
    given, home = environ.get("PYENV_ROOT"), home_folder()
    if given:
        return Path(given)
    return None if home is None else home / ".pyenv"


def _uv(environ: Mapping[str, str]) -> Path | None:
    # https://docs.astral.sh/uv/reference/storage/#python-versions
    given = environ.get("UV_PYTHON_INSTALL_DIR")
    if given:
        return Path(given)
    home = home_folder()
    if os.name == "nt":
        base = environ.get("APPDATA") or home
    else:
        base = environ.get("XDG_DATA_HOME") or (home and home / ".local" / "share")
    return Path(base, "uv", "python") if base else None


def _installed(versions: Path) -> Iterator[Path]:
    for folder in sorted(versions.glob("*")):
        yield from _in_folder(folder if os.name == "nt" else folder / "bin")


def _in_folder(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - 3.9 has no better
    except OSError:
        return
    yield from (folder / name for name in names if _NAME.fullmatch(name))


def _listed_by_launcher(end: float) -> Iterator[Path]:
    # https://docs.python.org/3/using/windows.html#command-line-options
    launcher = find_program("py", os.environ)
    if launcher is None:
        return
    try:
        text = subprocess.run(
            [launcher, "--list-paths"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(end - time.monotonic(), 0),
            check=True,
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return
    for match in re.finditer(r"[A-Za-z]:\\.*\.exe", text):
        yield Path(match[0])


def _distinct(paths: Iterator[Path]) -> Iterator[Path]:
    seen = set()
    for path in paths:
        target = path.resolve()
        # Path.is_file raises in a folder that may not be entered.
        if target not in seen and os.path.isfile(path):  # noqa: PTH113 - see above
            seen.add(target)
            yield path


def _ask(path: Path, end: float) -> dict[str, Any] | bool | None:
    """Return the facts; None if no answer came in time, False if none will."""
    try:
        run = subprocess.run(
            [path, "-I", "-S", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(end - time.monotonic(), 0),
            check=True,
        )
        answer: dict[str, Any] = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        return None
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return answer


def _interpreter(path: Path, answer: dict[str, Any]) -> Interpreter:
    builder = Builder(
        implementation=answer["implementation"],
        version=PythonVersion(*answer["version"]),
        free_threaded=answer["free_threaded"],
        debug=answer["debug"],
        windows=answer["windows"],
        extension_suffix=answer["extension_suffix"],
    )
    return Interpreter(path, answer["release"], builder, answer["bits"])


def _order(interpreter: Interpreter) -> tuple[Any, ...]:
    builder = interpreter.builder
    patch = tuple(map(int, interpreter.release.split(".")))
    return builder.version, patch, builder.label, os.fspath(interpreter.path)
