"""Decide the floor of a project, and what ``abi3build init`` changes in which file."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, NamedTuple

from abi3build.project_init.knobs import clean_setup_cfg, clean_setup_py
from abi3build.project_init.oldest_python import find_oldest_python
from abi3build.project_init.pyproject_edits import edit_pyproject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from abi3build.project_init.knobs import Cleaned
    from abi3build.project_init.project_facts import ProjectFacts
    from abi3build.versions import PythonVersion

__all__ = ["Change", "Changes", "plan_changes"]


class Change(NamedTuple):
    """Describe what one file would become; the text before is empty for a new file."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """Return the change as a unified diff, empty if there is none."""
        name = self.path.name
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{name}" if self.before else "/dev/null",
            f"b/{name}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


class Changes(NamedTuple):
    """Contain the floor with its reason, the files that change, and the messages."""

    floor: PythonVersion
    reason: str
    files: tuple[Change, ...]
    removed: tuple[str, ...]
    """The settings that the table replaces, each with its file and line."""

    kept: tuple[str, ...]
    """Settings that are not literals and stay: the user decides about them."""


def plan_changes(
    folder: Path,
    facts: ProjectFacts,
    chosen: PythonVersion | None,
    lowest: Callable[[PythonVersion], tuple[PythonVersion, str]],
) -> Changes:
    """Plan the changes that make a project build with abi3build; write nothing.

    The floor is the one that was chosen, else that of the project's own abi3 settings,
    else the lowest one at which the sources need no change, which ``lowest`` finds from
    a version upwards; its text says what it could not see.  Raise ``SettingsError`` for
    an unusable requires-python.
    """
    setup_py = clean_setup_py(facts.setup_py)
    setup_cfg = clean_setup_cfg(facts.setup_cfg)
    floor, reason = _floor(facts, chosen, (*setup_py.floors, *setup_cfg.floors), lowest)
    pyproject = edit_pyproject(
        facts.pyproject_text, floor, has_setup_py=bool(facts.setup_py)
    )
    files = [
        Change(folder / name, before, after)
        for name, before, after in (
            ("pyproject.toml", facts.pyproject_text, pyproject),
            ("setup.cfg", facts.setup_cfg, setup_cfg.text),
            ("setup.py", facts.setup_py, setup_py.text),
        )
        if before != after
    ]
    cleaned = {"setup.cfg": setup_cfg, "setup.py": setup_py}
    return Changes(
        floor,
        reason,
        tuple(files),
        tuple(_named(cleaned, "removed")),
        tuple(_named(cleaned, "kept")),
    )


def _named(cleaned: dict[str, Cleaned], field: str) -> list[str]:
    return [
        f"{name}: {each}"
        for name, file in cleaned.items()
        for each in getattr(file, field)
    ]


def _floor(
    facts: ProjectFacts,
    chosen: PythonVersion | None,
    written: tuple[PythonVersion, ...],
    lowest: Callable[[PythonVersion], tuple[PythonVersion, str]],
) -> tuple[PythonVersion, str]:
    from abi3build.versions import PythonVersion

    oldest = PythonVersion(3, 9)
    if chosen is not None:
        return chosen, "as given by --min-python"
    required = find_oldest_python(facts)
    if written:
        floor = max(written)
        return floor, "from the project's own abi3 settings"
    start = max(required.version, oldest) if required else oldest
    floor, doubt = lowest(start)
    doubt = f"; {doubt}" if doubt else ""
    if floor > start:
        reason = f"the lowest for which its sources need no change; {start} is too low"
        return floor, reason
    if required and required.version >= oldest:
        return floor, f"{required.reason}{doubt}"
    return floor, f"the oldest that abi3build builds with{doubt}"
