"""Run a project's own build with a compiler that only records how it is called.

The build runs in an environment with the project's build requirements, which stays as
long as its headers are needed.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.port_fix import recording_compiler
from abi3build.port_fix.project_backend import prepare_backend, run_backend
from abi3build.targets.interpreters import ask_interpreter

if TYPE_CHECKING:
    from abi3build.targets.interpreters import Interpreter

__all__ = ["RecordedUnit", "record_build", "running_interpreter"]


@dataclass(frozen=True)
class RecordedUnit:
    """Describe one compile of a build."""

    source: Path
    folder: Path
    compiler: str
    options: tuple[str, ...]
    """What decides about the meaning of the source: macros, folders, the standard."""


def record_build(tree: Path, scratch: Path) -> tuple[RecordedUnit, ...]:
    """Return what a build of the project in ``tree`` compiles, each source once.

    ``tree`` is written to, so it is a copy; ``scratch`` is for the environment.  Raise
    ``UsageError`` with the build's own last words if it fails before any compile.
    """
    backend = prepare_backend(tree, scratch, running_interpreter())
    notes = scratch / "notes"
    wheels = scratch / "wheels"
    wheels.mkdir()
    ended = run_backend(backend, wheels, _recorders(tree, notes))
    units = _read_notes(notes)
    if not units and ended.status != 0:
        words = ended.output.strip().splitlines()
        message = (
            f"{tree.name}: its build failed before compiling anything:"
            f" {words[-1] if words else 'no output'}: build it by hand first"
        )
        raise UsageError(message)
    if not units:
        message = (
            f"{tree.name}: its build does not compile anything: name the folder with"
            " the setup.py or pyproject.toml of the extension"
        )
        raise UsageError(message)
    return units


def running_interpreter() -> Interpreter:
    """Return the Python that runs; raise ``UsageError`` if it does not respond."""
    interpreter = ask_interpreter(Path(sys.executable))
    if interpreter is None:
        message = f"{sys.executable}: does not respond: use another Python"
        raise UsageError(message)
    return interpreter


def _recorders(tree: Path, notes: Path) -> dict[str, str]:
    script = recording_compiler.__file__
    compilers = {
        "CC": os.environ.get("CC") or "cc",
        "CXX": os.environ.get("CXX") or "c++",
    }
    return {
        "ABI3BUILD_NOTES": str(notes),
        "ABI3BUILD_TREE": str(tree),
        **{
            name: shlex.join([sys.executable, "-I", "-S", script, *shlex.split(each)])
            for name, each in compilers.items()
            if shutil.which(shlex.split(each)[0])
        },
    }


def _read_notes(notes: Path) -> tuple[RecordedUnit, ...]:
    if not notes.is_file():
        return ()
    units: dict[Path, RecordedUnit] = {}
    for line in notes.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        folder = Path(note["folder"])
        source = Path(os.path.normpath(folder / note["source"]))
        unit = RecordedUnit(
            source, folder, note["compiler"], _options(note["arguments"])
        )
        units.setdefault(source, unit)
    return tuple(units[each] for each in sorted(units))


_WITH_VALUE = (
    "-I",
    "-D",
    "-U",
    "-include",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-isysroot",
    "-x",
)
_ALONE = ("-std", "-f", "-m", "-pthread")
_NOT_WANTED = (
    "-flto",
    "-fmax-errors",
    "-fdiagnostics",
    "-DPy_LIMITED_API",
    "-DABI3BUILD",
)


def _options(arguments: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    rest = iter(arguments)
    for each in rest:
        if each in _WITH_VALUE:
            kept += [each, next(rest, "")]
        elif each.startswith(_NOT_WANTED):
            continue
        elif each.startswith((*_WITH_VALUE, *_ALONE)):
            kept.append(each)
    return tuple(kept)
