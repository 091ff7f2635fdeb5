"""Build a project as it was, and for the stable ABI as its sources are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.errors import Abi3BuildError, UsageError
from abi3build.port_fix.project_backend import prepare_backend, run_backend
from abi3build.project_init.changes import plan_changes
from abi3build.project_init.project_facts import read_project_facts

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.port_fix.fix_report import FixReport
    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.processes import Processes

__all__ = ["NotBuiltError", "build_abi3", "build_plain"]


class NotBuiltError(Exception):
    """Say in one line why there is no wheel."""


@dataclass(frozen=True)
class _Place:
    """Hold where a build writes."""

    tree: Path
    scratch: Path

    def folder(self, name: str) -> Path:
        made = self.scratch / name
        made.mkdir(parents=True)
        return made


def build_plain(
    tree: Path, scratch: Path, interpreter: Interpreter, processes: Processes
) -> Path:
    """Return a wheel of the sources without abi3build, for one Python.

    ``tree`` is written to.  Raise ``NotBuiltError`` if there is none.
    """
    return _built(_Place(tree, scratch), interpreter, processes, None)


def build_abi3(
    tree: Path,
    scratch: Path,
    interpreter: Interpreter,
    processes: Processes,
    report: FixReport,
) -> Path:
    """Return the wheel for the report's floor that the running abi3build makes.

    A project without the table gets what ``abi3build init`` writes, and the
    compatibility header if the report counts on it.  ``tree`` is written to.  Raise
    ``NotBuiltError`` if there is no wheel for the stable ABI.
    """
    variables = {
        "ABI3BUILD_MIN_PYTHON": str(report.floor),
        # A comma alone is not a version; an empty variable would count as not set.
        "ABI3BUILD_NATIVE": ",",
    }
    if report.compat:
        variables["ABI3BUILD_COMPAT"] = "true"
    if report.to_abi3t:
        variables["ABI3BUILD_FREE_THREADED"] = "abi3t"
    try:
        _set_up(tree, report)
    except Abi3BuildError as fault:
        raise NotBuiltError(str(fault)) from None
    wheel = _built(_Place(tree, scratch), interpreter, processes, variables)
    if "-abi3" not in wheel.name:
        message = (
            f"{wheel.name} is not for the stable ABI: let nothing but [tool.abi3build]"
            " set its tag"
        )
        raise NotBuiltError(message)
    return wheel


def _set_up(tree: Path, report: FixReport) -> None:
    facts = read_project_facts(tree)
    changes = plan_changes(tree, facts, report.floor, lambda start: (start, ""))
    for each in changes.files:
        each.path.write_text(each.after, encoding="utf-8")


def _built(
    place: _Place,
    interpreter: Interpreter,
    processes: Processes,
    variables: dict[str, str] | None,
) -> Path:
    name = f"{interpreter.release}-{'plain' if variables is None else 'abi3'}"
    folder = place.folder(name)
    wheels = place.folder(f"{name}-wheel")
    try:
        backend = prepare_backend(
            place.tree,
            folder,
            interpreter,
            processes,
            with_abi3build=variables is not None,
        )
    except UsageError as fault:
        raise NotBuiltError(str(fault)) from None
    ended = run_backend(backend, wheels, variables or {})
    found = sorted(wheels.glob("*.whl"))
    if ended.status != 0 or not found:
        raise NotBuiltError(ended.last_words.replace(f"{place.scratch}/", ""))
    return found[0]
