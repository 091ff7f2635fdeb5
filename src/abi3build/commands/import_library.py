"""``abi3build import-library``: write what Windows linkers need, without a Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        required=True,
        help="the floor: functions that were added to the stable ABI later do not link",
    )
    parser.add_argument(
        "--machine",
        choices=("x86_64", "x86", "arm64"),
        required=True,
        help="the processor to link modules for",
    )
    parser.add_argument(
        "--abi3t",
        action="store_true",
        help="write the library for python3t.dll, which free-threaded Pythons have too",
    )
    parser.add_argument(
        "-o",
        metavar="DIRECTORY",
        default=".",
        dest="folder",
        help=(
            "where to write python3.lib, libpython3.dll.a (the same under the name that"
            " MinGW looks for) and python3.def (default: here)"
        ),
    )


def run(options: argparse.Namespace) -> Outcome:
    """Write the three files and name them, one a line."""
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.errors import UsageError
    from abi3build.import_libraries.import_objects import Machine
    from abi3build.import_libraries.writing import write_import_library
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.values import read_floor

    if Path(options.folder).suffix in {".a", ".def", ".lib"}:
        message = f"-o {options.folder}: name the folder for the files, not a file"
        raise UsageError(message)
    floor = read_floor(KeyPlace("--min-python", textual=True), options.min_python)
    machine = next(each for each in Machine if each.value.label == options.machine)
    library = write_import_library(
        Path(options.folder), floor, machine, abi3t=options.abi3t
    )
    paths = (library.microsoft, library.gnu, library.definition)
    note = (
        f"abi3build: note: {library.symbols} names that {library.name}.dll has on"
        f" Python {floor} and later"
    )
    return Outcome("".join(f"{path}\n" for path in paths), notes=(note,))
