"""``abi3build show``: the effective settings and what this interpreter would build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.outcome import Outcome

if TYPE_CHECKING:
    import argparse

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]

NAME = "show"
SUMMARY = "show the effective settings and what this interpreter would build"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "project",
        metavar="DIRECTORY",
        nargs="?",
        default=".",
        help="the directory with pyproject.toml; the current one by default",
    )
    parser.add_argument(
        "-C",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="config_settings",
        help="a setting as the build front end would pass it",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Decide the target as a build would, and print it with every setting."""
    import os
    from pathlib import Path

    from abi3build.errors import UsageError
    from abi3build.reports.plan import render_json, render_text
    from abi3build.settings.loading import load_settings
    from abi3build.settings.pyproject import load_pyproject
    from abi3build.targets.builder import running_builder
    from abi3build.targets.target import decide_target

    path = Path(options.project, "pyproject.toml")
    if not path.is_file():
        message = f"{path}: no such file: name the directory of a project"
        raise UsageError(message)
    given = dict(_pair(text) for text in options.config_settings)
    settings = load_settings(load_pyproject(path), given, os.environ)
    if settings is None:
        message = (
            f"{path}: no [tool.abi3build] table, so nothing is built for the stable"
            ' ABI: add the table with min-python = "3.9"'
        )
        raise UsageError(message)
    builder = running_builder()
    render = render_json if options.format == "json" else render_text
    return Outcome(render(settings, builder, decide_target(settings, builder)))


def _pair(text: str) -> tuple[str, str]:
    from abi3build.errors import UsageError

    key, equals, value = text.partition("=")
    if not key or not equals:
        message = f"-C {text}: expected KEY=VALUE, such as -C min-python=3.10"
        raise UsageError(message)
    return key, value
