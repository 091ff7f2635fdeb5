"""``abi3build audit --pypi``: audit wheels that are on a package index."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from functools import partial
    from typing import Callable

    from abi3build.audit.audit_result import AuditResult
    from abi3build.index.project_page import PublishedFile, Wanted
    from abi3build.index.published_wheels import WheelCache
    from abi3build.index.transfer import Transfers
    from abi3build.releases.released_files import FileFacts

__all__ = [
    "Published",
    "add_arguments",
    "audit_published",
    "find_published",
    "released_facts",
]

_AT_ONCE = 4
"""How many wheels at once, unless ``--jobs`` says: most of the time is waiting."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which published wheels are audited, and where they are kept."""
    parser.add_argument(
        "--pypi",
        metavar="NAME[SPEC]",
        action="append",
        default=[],
        help=(
            "the abi3 wheels of a project on the package index that pip uses: those of"
            " its newest release, or of the releases that SPEC selects, such as"
            " psutil>=7"
        ),
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--cache-dir",
        metavar="DIRECTORY",
        help=(
            "where --pypi keeps downloaded wheels (default: the platform's cache"
            " directory)"
        ),
    )
    place.add_argument(
        "--no-cache",
        action="store_true",
        help="do not keep wheels downloaded by --pypi",
    )


class Published(NamedTuple):
    """Hold the results for all projects that ``--pypi`` names."""

    results: list[AuditResult]
    """In the order of the names, then by version and file."""

    faults: list[str]
    names: list[str]
    """The names of all files that the projects have on the index."""

    released: list[FileFacts]
    """The wheels of the releases that are meant, and all sdists."""


def audit_published(
    options: argparse.Namespace, audit: Callable[..., AuditResult]
) -> Published:
    """Audit what ``--pypi`` names.

    The audit takes an input and the stream with its bytes.

    Raise ``UsageError`` for projects and pip settings that cannot be used.
    """
    import os
    from functools import partial

    from abi3build.errors import UnreadableError
    from abi3build.index.access import read_access
    from abi3build.index.project_page import parse_wanted
    from abi3build.index.transfer import Transfers

    wanted = [parse_wanted(text) for text in options.pypi]
    access = read_access(os.environ)
    transfers = Transfers(access)
    chosen: dict[str, PublishedFile] = {}
    faults: list[str] = []
    names: list[str] = []
    released: list[FileFacts] = []
    for each in wanted:
        try:
            files = find_published(each, transfers, access.indexes)
            names += [file.name for file in files]
            released += released_facts(each, files)
            chosen.update(
                (file.name, file) for file in _promising(options, each, files)
            )
        except UnreadableError as error:
            faults += error.lines
    work = partial(_audit, transfers, _cache(options), audit)
    jobs = options.jobs or _AT_ONCE
    try:
        results = _in_order(work, list(chosen.values()), jobs, named=options.verbose)
    except KeyboardInterrupt:
        transfers.stop()
        raise
    return Published(results, faults, names, released)


def released_facts(wanted: Wanted, files: Sequence[PublishedFile]) -> list[FileFacts]:
    """Return what the index says about the releases' wheels, and about all sdists."""
    from abi3build.index.project_page import wheels_of_releases
    from abi3build.releases.released_files import FileFacts

    wheels = wheels_of_releases(wanted, files)
    sdists = [each for each in files if not each.name.endswith(".whl")]
    return [
        FileFacts(each.name, each.size, each.requires_python)
        for each in (*wheels, *sdists)
    ]


def _promising(
    options: argparse.Namespace, wanted: Wanted, files: Sequence[PublishedFile]
) -> list[PublishedFile]:
    """Return the wheels to audit; for a set, there may be none."""
    from abi3build.errors import UnreadableError
    from abi3build.index.project_page import promising_wheels, wheels_of_releases

    try:
        return promising_wheels(wanted, wheels_of_releases(wanted, files))
    except UnreadableError:
        if options.as_set:
            return []
        raise


def find_published(
    wanted: Wanted, transfers: Transfers, indexes: Sequence[str]
) -> list[PublishedFile]:
    """Return what the indexes know of a project.

    Raise ``UnreadableError`` if none of them knows it or one does not answer.
    """
    from abi3build.errors import UnreadableError
    from abi3build.index.project_page import read_project
    from abi3build.index.transfer import NotFoundError

    files: list[PublishedFile] = []
    known = False
    for index in indexes:
        try:
            files += read_project(transfers, index, wanted.name)
        except NotFoundError:
            # Like pip: one of several indexes need not have it.
            continue
        known = True
    if not known:
        where = " or ".join(indexes)
        message = f"{wanted.name}: no such project on {where}: check the name"
        raise UnreadableError(message)
    return files


def _cache(options: argparse.Namespace) -> WheelCache:
    import os
    from pathlib import Path

    from abi3build.index.published_wheels import WheelCache, default_folder

    if options.no_cache:
        return WheelCache(None)
    given = options.cache_dir
    return WheelCache(Path(given) if given else default_folder(os.environ))


def _audit(
    transfers: Transfers,
    cache: WheelCache,
    audit: Callable[..., AuditResult],
    file: PublishedFile,
) -> AuditResult:

    from abi3build.audit.audit_result import Unreadable
    from abi3build.errors import UnreadableError
    from abi3build.index.published_wheels import open_published
    from abi3build.inputs import Input

    try:
        with open_published(file, transfers, cache) as stream:
            given = Input(file.name)
            return audit(given, stream=stream)
    except UnreadableError as error:
        return Unreadable(file.name, error.lines)


def _in_order(
    work: partial[AuditResult],
    files: Sequence[PublishedFile],
    jobs: int,
    *,
    named: bool,
) -> list[AuditResult]:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from abi3build.commands import Progress
    from abi3build.wording import on_one_line

    progress = Progress(len(files), named=named)
    pool = ThreadPoolExecutor(jobs)
    futures = {pool.submit(_timed, work, file): file.name for file in files}
    try:
        for ended in as_completed(futures):
            progress.advance(on_one_line(futures[ended]), ended.result()[1])
        return [future.result()[0] for future in futures]
    finally:
        progress.finish()
        pool.shutdown(wait=False, cancel_futures=True)


def _timed(
    work: partial[AuditResult], file: PublishedFile
) -> tuple[AuditResult, float]:
    """Return the result for a file, and the seconds that it took."""
    from time import monotonic

    begin = monotonic()
    return work(file), monotonic() - begin
