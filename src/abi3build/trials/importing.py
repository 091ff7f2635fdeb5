"""Import the modules of an installed wheel in child processes, and record the results.

One process imports one module after the other.  If it dies, the next one continues
after the module that killed it.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abi3build.trials.environments import Environment
    from abi3build.trials.processes import Ended, Processes

__all__ = ["Frame", "ImportEnd", "ImportSeen", "Observation", "import_all"]


class ImportEnd(Enum):
    """Say how one import ended."""

    IMPORTED = "imported"
    RAISED = "raised"
    DIED = "died"
    """The process ended before the import did."""

    DIED_AT_EXIT = "died at exit"
    """The process crashed, or did not end, after the last of its imports."""

    NO_PYTHON = "no Python"
    """The process ended before it came to any import."""

    TOOK_TOO_LONG = "took too long"


@dataclass(frozen=True)
class Frame:
    """Name a place in Python code."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class ImportSeen:
    """Describe how the import of one module ended."""

    module: str
    """Empty if the process did not end as it should."""

    end: ImportEnd
    status: int | None = 0
    """The exit status of a process that died; None if its time was over."""

    error: str = ""
    """The exception as Python prints it, or Python's own last words."""

    frame: Frame | None = None
    """The innermost Python frame, importlib's aside."""


@dataclass(frozen=True)
class Observation:
    """Contain the result of each step; that of a step not reached is None or empty."""

    obstacle: str = ""
    """Why the wheel could not be tried, for which it cannot be blamed."""

    last_words: str = ""
    """What was written by what is in the way."""

    install: Ended | None = None
    imports: tuple[ImportSeen, ...] = ()
    command: Ended | None = None
    command_fault: str = ""
    """Why the command could not be started."""

    seconds: float = 0.0


_SCRIPT = Path(__file__).with_name("import_script.py")
_SLOW_START = 30.0
"""Seconds for Python itself, before the first import and after the last."""

_FRAME = re.compile(
    r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$', re.MULTILINE
)
_SECTION = re.compile(
    r"^(?:Current thread|Thread) .*\(most recent call first\):$", re.MULTILINE
)


def import_all(
    modules: Sequence[str],
    environment: Environment,
    environ: Mapping[str, str],
    processes: Processes,
    seconds: float,
) -> tuple[ImportSeen, ...]:
    """Import each module within a number of seconds; return how each import ended."""
    seen: list[ImportSeen] = []
    remaining = list(modules)
    while remaining:
        some = _import_some(remaining, environment, environ, processes, seconds)
        seen += some
        over = {each.module for each in some}
        remaining = [module for module in remaining if module not in over]
    return tuple(seen)


def _import_some(
    modules: Sequence[str],
    environment: Environment,
    environ: Mapping[str, str],
    processes: Processes,
    seconds: float,
) -> list[ImportSeen]:
    """Import as many modules as one process does; return at least one of them."""
    results, frames = environment.folder / "results", environment.folder / "frames"
    for path in (results, frames):
        path.write_text("", encoding="utf-8")
    script = (environment.python, "-I", "-B", _SCRIPT, results, frames)
    ended = processes.run(
        [*script, str(seconds), *modules],
        folder=environment.folder,
        environ=environ,
        # The script itself ends an import that takes too long.
        seconds=_SLOW_START + seconds * len(modules),
    )
    facts = list(_facts(_read(results)))
    folders = [each for fact in facts for each in fact.get("folders", ())]
    over = {fact["ends"]: _seen(fact, folders) for fact in facts if "ends" in fact}
    seen, dump = list(over.values()), _read(frames)
    begun = next((name for name in modules if name not in over), None)
    if begun is not None and {"begins": begun} in facts:
        return [*seen, _unfinished(begun, ended.status, dump, folders)]
    if not seen:
        last = (ended.output.strip().splitlines() or [""])[-1]
        return [ImportSeen(modules[0], ImportEnd.NO_PYTHON, ended.status, last)]
    if ended.status != 0:
        words = _last_words(dump)
        seen.append(ImportSeen("", ImportEnd.DIED_AT_EXIT, ended.status, words))
    return seen


def _facts(text: str) -> Iterator[dict[str, Any]]:
    """Read what the script wrote, among which a module may have written as well."""
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            fact = json.loads(line)
            if isinstance(fact, dict):
                yield fact


def _seen(fact: dict[str, Any], folders: Sequence[str]) -> ImportSeen:
    fault = fact["fault"]
    if fault is None:
        return ImportSeen(fact["ends"], ImportEnd.IMPORTED)
    frame = Frame(*fault["frame"]) if fault["frame"] else None
    error = _without(fault["error"], folders)
    return ImportSeen(
        fact["ends"], ImportEnd.RAISED, error=error, frame=_shortened(frame, folders)
    )


def _unfinished(
    module: str, status: int | None, dump: str, folders: Sequence[str]
) -> ImportSeen:
    frame = _shortened(_innermost_frame(dump), folders)
    if status is None or dump.startswith("Timeout ("):
        return ImportSeen(module, ImportEnd.TOOK_TOO_LONG, frame=frame)
    return ImportSeen(module, ImportEnd.DIED, status, _last_words(dump), frame)


def _last_words(dump: str) -> str:
    """Return the first line, such as ``Fatal Python error: Aborted``."""
    return dump.partition("\n")[0]


def _innermost_frame(dump: str) -> Frame | None:
    """Find the frame in the stacks that faulthandler wrote, the innermost first.

    A crash names the current thread; else the main thread comes last.
    """
    starts = list(_SECTION.finditer(dump))
    if not starts:
        return None
    current = [each for each in starts if each[0].startswith("Current")]
    start = (current or starts)[-1].end()
    end = min((each.start() for each in starts if each.start() > start), default=None)
    for found in _FRAME.finditer(dump[start:end]):
        is_ours = found["file"] == str(_SCRIPT)
        if not is_ours and "importlib" not in found["file"]:
            return Frame(found["file"], int(found["line"]), found["name"])
    return None


def _shortened(frame: Frame | None, folders: Sequence[str]) -> Frame | None:
    if frame is None:
        return None
    return Frame(_without(frame.file, folders), frame.line, frame.function)


def _without(text: str, folders: Sequence[str]) -> str:
    """Remove the folder of modules, which has another name in each run."""
    for folder in folders:
        for separator in "/\\":
            text = text.replace(folder + separator, "")
    return text


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="backslashreplace")
