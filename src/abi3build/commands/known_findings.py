"""Findings that are already known: accepted by the project, or in a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.audit.audit_result import AuditResult
    from abi3build.reports.baseline import Baseline
    from abi3build.settings.model import Waiver

__all__ = ["mark_known", "read_accepted", "read_known"]


def read_accepted(place: str | None) -> tuple[Waiver, ...]:
    """Return the waivers of a project; none without a file.

    Raise ``SettingsError`` for what a build would reject too, and ``UsageError`` for a
    file without the table.
    """
    if place is None:
        return ()
    from pathlib import Path

    from abi3build.errors import SettingsError, UsageError
    from abi3build.settings.loading import load_settings
    from abi3build.settings.pyproject import load_pyproject

    path = Path(place)
    if path.is_dir():
        path /= "pyproject.toml"
    if not path.exists():
        message = f"--allow-from: {path}: no such file: check the path"
        raise UsageError(message)
    try:
        # Of the whole table, since what is wrong in it would end a build as well.
        settings = load_settings(load_pyproject(path), environ={})
    except SettingsError as error:
        # What is wrong in the table names no file: a build has but one.
        start = f"{path}: "
        lines = [
            f"--allow-from: {start}{each.removeprefix(start)}" for each in error.lines
        ]
        raise SettingsError(lines) from None
    if settings is None:
        message = (
            f"--allow-from: {path}: no [tool.abi3build] table, so nothing is allowed:"
            " name the file of the project that built the wheels"
        )
        raise UsageError(message)
    return settings.allow


def read_known(path: str | None) -> Baseline | None:
    """Read an earlier report; None if there is none to compare with."""
    if path is None:
        return None
    from pathlib import Path

    from abi3build.reports.baseline import read_baseline

    return read_baseline(Path(path))


def mark_known(
    results: Sequence[AuditResult], baseline: Baseline | None
) -> list[AuditResult]:
    """Return the results with the findings of an earlier report marked as known."""
    if baseline is None:
        return list(results)
    from abi3build.reports.baseline import as_known

    return [as_known(result, baseline) for result in results]
