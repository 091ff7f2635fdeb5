"""``abi3build show``: the effective settings and what this interpreter would build."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome
    from abi3build.settings.model import Settings

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "project",
        metavar="DIRECTORY",
        nargs="?",
        default=".",
        help="the directory with pyproject.toml (default: the current one)",
    )
    parser.add_argument(
        "-C",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="config_settings",
        help="a setting, as passed to the build front end; can be repeated",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        dest="every_interpreter",
        help=(
            "show what every interpreter found would build (PATH, pyenv, uv, the py"
            " launcher)"
        ),
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Decide the target as a build would, and print it with every setting."""
    import os
    from pathlib import Path

    from abi3build.errors import UsageError
    from abi3build.settings.loading import load_settings
    from abi3build.settings.missing_table import find_missing_table
    from abi3build.settings.pyproject import load_pyproject, read_setup_cfg

    path = Path(options.project, "pyproject.toml")
    if not path.exists():
        message = f"{path}: no such file: name the directory of a project"
        raise UsageError(message)
    given = dict(_pair(text) for text in options.config_settings)
    pyproject = load_pyproject(path)
    settings = load_settings(pyproject, given, os.environ)
    if settings is None:
        missing = find_missing_table(pyproject, read_setup_cfg(path.parent))
        if missing is not None and missing.is_misspelt:
            message = f"{path}: {missing.text}"
            raise UsageError(message)
        message = (
            f"{path}: no [tool.abi3build] table, so nothing is built for the stable"
            ' ABI: add the table with min-python = "3.9"'
        )
        raise UsageError(message)
    show = _show_all if options.every_interpreter else _show_running
    return show(settings, as_json=options.format == "json")


def _show_running(settings: Settings, *, as_json: bool) -> Outcome:
    from abi3build.commands import Outcome
    from abi3build.reports.settings_report import render_json, render_text
    from abi3build.targets.target import decide_target, running_builder

    builder = running_builder()
    render = render_json if as_json else render_text
    return Outcome(render(settings, builder, decide_target(settings, builder)))


def _show_all(settings: Settings, *, as_json: bool) -> Outcome:
    import os

    from abi3build.commands import Outcome
    from abi3build.reports.settings_report import render_all_json, render_all_text
    from abi3build.targets.interpreters import decide_targets, find_interpreters

    found = find_interpreters(os.environ)
    render = render_all_json if as_json else render_all_text
    notes = tuple(
        f"abi3build: warning: {path} did not answer in time and is left out"
        for path in found.silent
    )
    return Outcome(
        render(settings, decide_targets(settings, found.interpreters)), notes=notes
    )


def _pair(text: str) -> tuple[str, str]:
    from abi3build.errors import UsageError

    key, equals, value = text.partition("=")
    if not key or not equals:
        message = f"-C {text}: expected KEY=VALUE, such as -C min-python=3.10"
        raise UsageError(message)
    return key, value
