"""``abi3build check``: report errors in the settings of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=["."],
        help=(
            "a pyproject.toml, or the directory that contains it (default: the current"
            " directory)"
        ),
    )


def run(options: argparse.Namespace) -> Outcome:
    """Read each project's table; a project without one is valid.

    Raise ``SettingsError`` with all errors of all projects, each with its file.
    """
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.errors import SettingsError

    files = [_file(Path(path)) for path in options.paths]
    warnings: list[str] = []
    faults = [fault for file in files for fault in _faults(file, warnings)]
    if faults:
        raise SettingsError(faults)
    notes = tuple(f"abi3build: warning: {warning}" for warning in warnings)
    return Outcome("", notes=notes)


def _file(path: Path) -> Path:
    return path / "pyproject.toml" if path.is_dir() else path


def _faults(path: Path, warnings: list[str]) -> Iterator[str]:
    """Yield the errors of one project; add what may be intended to ``warnings``."""
    from abi3build.errors import SettingsError
    from abi3build.settings.loading import load_settings
    from abi3build.settings.missing_table import (
        find_missing_requirement,
        find_missing_table,
    )
    from abi3build.settings.pyproject import (
        has_byte_order_mark,
        load_pyproject,
        read_setup_cfg,
        read_setup_files,
    )

    try:
        pyproject = load_pyproject(path)
    except SettingsError as error:
        yield from error.lines
        return
    if has_byte_order_mark(path):
        warnings.append(
            f"{path}: begins with a byte order mark, which pip and build do not accept:"
            " save it as UTF-8 without one"
        )
    missing = find_missing_table(pyproject, read_setup_cfg(path.parent))
    if missing is not None and missing.is_misspelt:
        yield f"{path}: {missing.text}"
    elif missing is not None:
        warnings.append(f"{path}: {missing.text}")
    unread = find_missing_requirement(pyproject, read_setup_files(path.parent))
    if unread:
        yield f"{path}: {unread}"
    try:
        # What a variable says is not a property of the file.
        load_settings(pyproject, environ={})
    except SettingsError as error:
        for line in error.lines:
            yield f"{path}: {line}"
