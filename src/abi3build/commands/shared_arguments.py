"""Arguments that several commands take, and how each is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from abi3build.inputs import Inputs
    from abi3build.versions import PythonVersion

__all__ = [
    "add_inputs",
    "add_output",
    "find_paths",
    "read_floor_option",
    "read_jobs",
    "read_seconds",
]


def add_inputs(parser: argparse.ArgumentParser, nargs: str = "+") -> None:
    """Declare the inputs that several commands take."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs=nargs,
        help=(
            "a wheel, an extension file, a directory to search for both, a pattern, or"
            " - to read paths from standard input, one per line"
        ),
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Declare the option for where the result goes."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=(
            "write the result to this file instead of standard output, completely or"
            " not at all"
        ),
    )


def find_paths(paths: Sequence[str]) -> Inputs:
    """Find the inputs that a command line names, including standard input."""
    import os
    import sys

    from abi3build.inputs import find_inputs

    listed: list[str] = []
    if "-" in paths:
        lines = sys.stdin.buffer.read().splitlines()
        listed = [os.fsdecode(line) for line in lines if line.strip()]
    return find_inputs(paths, listed)


def read_floor_option(option: str, text: str | None) -> PythonVersion | None:
    """Return the floor that an option sets, None if it was not used.

    Raise ``SettingsError`` for an invalid floor, with the option's name.
    """
    if text is None:
        return None
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.values import read_floor

    return read_floor(KeyPlace(option, textual=True), text)


def read_jobs(text: str) -> int:
    """Read a number of workers, for argparse."""
    import argparse

    if not text.isascii() or not text.isdigit() or int(text) < 1:
        message = f"expected a positive integer, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def read_seconds(text: str) -> float:
    """Read how long something may take, in seconds, for argparse."""
    import argparse
    import math

    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not (seconds > 0 and math.isfinite(seconds)):
        message = f"expected a positive number of seconds, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seconds
