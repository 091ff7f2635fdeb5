"""The arguments of ``abi3build try``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands import COMMANDS
from abi3build.commands.shared_arguments import add_output, read_jobs, read_seconds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["add_arguments"]

_WARNING = """\
This runs the code of the wheel and of its requirements with your permissions: try only
wheels that you would install.  `abi3build audit` does not run any code.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.description = f"{COMMANDS['try']}\n\n{_WARNING}"
    parser.add_argument(
        "paths",
        metavar="WHEEL",
        nargs="+",
        help=(
            "a wheel, a directory to search for wheels, a pattern, or - to read paths"
            " from standard input, one per line"
        ),
    )
    _add_pythons(parser)
    _add_steps(parser)
    _add_sources(parser)
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=read_jobs,
        help="how many Pythons are tried at once (default: one per processor)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="report each Python on standard error as soon as it is done, which always"
        " happens on a terminal",
    )
    add_output(parser)
    parser.set_defaults(error_document=_error_document)


def _add_pythons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python",
        metavar="PATH_OR_VERSION",
        action="append",
        default=[],
        dest="pythons",
        help=(
            "try only this Python, such as 3.12, 3.13t or a path; can be repeated"
            " (default: all that are found on PATH, in pyenv, in uv and by the py"
            " launcher)"
        ),
    )
    parser.add_argument(
        "--require",
        metavar="VERSIONS",
        help="fail if one of these was not tried, such as 3.9-3.15",
    )


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--skip",
        metavar="MODULE",
        action="append",
        default=[],
        help=(
            "do not import this module, or modules that match this pattern; can be"
            " repeated"
        ),
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=read_seconds,
        default=60.0,
        help="how long the import of one module may take (default: 60)",
    )
    parser.add_argument(
        "--command",
        metavar="WORDS",
        help=(
            'run this command in each environment, such as "pytest {project}/tests";'
            " {wheel} is the wheel.  It runs in an empty folder, without a shell"
        ),
    )
    parser.add_argument(
        "--command-timeout",
        metavar="SECONDS",
        type=read_seconds,
        default=1800.0,
        help="how long the command may take (default: 1800)",
    )
    parser.add_argument(
        "--project",
        metavar="DIRECTORY",
        default=".",
        help="what {project} stands for (default: the current directory)",
    )


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requires",
        metavar="REQUIREMENT",
        action="append",
        default=[],
        help="install this along with the wheel, such as pytest; can be repeated",
    )
    parser.add_argument(
        "--find-links",
        metavar="DIRECTORY",
        action="append",
        default=[],
        help="also look for requirements in this directory; can be repeated",
    )
    parser.add_argument(
        "--no-index",
        action="store_true",
        help="do not use a package index, only --find-links",
    )
    parser.add_argument(
        "--installer",
        choices=("auto", "pip", "uv"),
        default="auto",
        help=(
            "the tool that creates environments and installs (default: auto, which is"
            " pip if uv is not found or pip is configured, since uv does not read pip's"
            " configuration, else uv)"
        ),
    )


def _error_document(form: str, errors: Sequence[str]) -> str:
    from abi3build.reports.trial_report import render_json

    return render_json((), errors) if form == "json" else ""
