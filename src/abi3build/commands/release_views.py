"""``abi3build audit --set``, and what ``--pypi`` says of a release as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from abi3build.inputs import Input
    from abi3build.releases.release_view import ReleaseView
    from abi3build.releases.released_files import FileFacts, Release
    from abi3build.versions import PythonVersion

__all__ = [
    "add_arguments",
    "local_files",
    "named_alone",
    "savings_lines",
    "severities",
    "view_releases",
]

_SECONDS_FOR_INDEX = 5.0
_MOST = 500
_SDISTS = (".tar.gz", ".zip")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments for a release as a whole."""
    parser.add_argument(
        "--set",
        dest="as_set",
        action="store_true",
        help="look at the wheels of a release as one set: show which of them pip takes"
        " on each Python and platform, and find Pythons that get none",
    )


def named_alone(inputs: Iterable[Input], *, as_set: bool) -> tuple[Input, ...]:
    """Return the inputs such that wheels of a set need not promise anything themselves.

    A shell expands ``dist/*.whl`` to names, including those of native wheels.
    """
    return tuple(
        each._replace(named=each.named and not (as_set and each.path.endswith(".whl")))
        for each in inputs
    )


def local_files(inputs: Iterable[Input]) -> tuple[list[FileFacts], list[str]]:
    """Return what is known of wheels and of sdists beside them, and the errors."""
    from pathlib import Path

    from abi3build.errors import UnreadableError
    from abi3build.releases.released_files import FileFacts
    from abi3build.wheels.wheel_reading import read_requires_python

    paths = [Path(each.path) for each in inputs]
    wheels = [path for path in paths if path.suffix == ".whl"]
    found: list[FileFacts] = []
    faults: list[str] = []
    for path in wheels:
        try:
            requires = read_requires_python(path)
            found.append(FileFacts(path.name, path.stat().st_size, requires))
        except UnreadableError as error:
            faults += error.lines
    for folder in sorted({path.parent for path in wheels}):
        names = sorted(path.name for path in folder.iterdir())
        found += [FileFacts(name) for name in names if name.endswith(_SDISTS)]
    return found, faults


def view_releases(
    files: Sequence[FileFacts],
    published: Sequence[FileFacts],
    *,
    as_set: bool,
    floor: PythonVersion | None,
) -> tuple[ReleaseView, ...]:
    """View each release: as a set if requested, and what abi3 would save.

    Savings are reported for published releases only: a folder may contain just one
    platform.
    """
    if not files and not published:
        return ()
    from abi3build.releases.release_view import ReleaseView
    from abi3build.releases.released_files import releases_of
    from abi3build.releases.savings import savings_of

    views = []
    for group, is_published in ((files, False), (published, True)):
        for release in releases_of(group):
            grid = None
            if as_set:
                # packaging's tags take some milliseconds to load.
                from abi3build.releases.release_grid import grid_of_release

                _expect_few(release)
                grid = grid_of_release(release)
            savings = savings_of(release, floor) if is_published else None
            if grid or savings:
                views.append(ReleaseView(release.name, grid, savings))
    return tuple(views)


def _expect_few(release: Release) -> None:
    """Raise ``UsageError`` for more wheels than can be compared in some seconds."""
    from abi3build.errors import UsageError

    if len(release.wheels) > _MOST:
        message = (
            f"--set: {release.name} has {len(release.wheels)} wheels, and at most"
            f" {_MOST} are compared: leave out --set"
        )
        raise UsageError(message)


def severities(views: Sequence[ReleaseView]) -> frozenset[str]:
    """Return the severities of all gaps."""
    return frozenset().union(*(view.severities for view in views))


def savings_lines(name: str, floor: PythonVersion) -> list[str]:
    """Say what abi3 from a floor would save for a project's newest release.

    Return nothing without an index, as pip may be configured, or without a release; an
    index that does not answer in time is named.
    """
    import os

    from abi3build.commands.published import find_published, released_facts
    from abi3build.errors import UnreadableError, UsageError
    from abi3build.index.access import read_access
    from abi3build.index.deadline import Deadline, LateError
    from abi3build.index.project_page import parse_wanted
    from abi3build.index.transfer import Transfers
    from abi3build.reports.release_tables import release_text

    try:
        access = read_access(os.environ)
        wanted = parse_wanted(name)
    except UsageError:
        return []
    transfers = Transfers(access)
    try:
        files = Deadline(_SECONDS_FOR_INDEX).run(
            lambda: find_published(wanted, transfers, access.indexes)
        )
        facts = released_facts(wanted, files)
    except LateError:
        seconds = f"{_SECONDS_FOR_INDEX:.0f} s"
        return [f"what abi3 would save is not known: no index answered in {seconds}"]
    except UnreadableError:
        # Nothing is published, or nothing that can be read; audit --pypi says why.
        return []
    views = view_releases((), facts, as_set=False, floor=floor)
    # The platforms would hide what is to be done next; audit --pypi has them.
    return [next(release_text(view, quiet=False)) for view in views]
