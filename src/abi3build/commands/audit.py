"""``abi3build audit``: compare wheels and extension files with their promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited, Unreadable
from abi3build.commands import audit_reports, published, release_views
from abi3build.commands.shared_arguments import (
    add_inputs,
    add_output,
    find_paths,
    read_floor_option,
    read_jobs,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Callable

    from abi3build.audit.audit_result import AuditResult
    from abi3build.commands import Outcome
    from abi3build.inputs import Input
    from abi3build.releases.release_view import ReleaseView
    from abi3build.releases.released_files import FileFacts
    from abi3build.versions import PythonVersion

__all__ = ["add_arguments", "run"]

_FAILING = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_UNREADABLE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_inputs(parser, nargs="*")
    published.add_arguments(parser)
    release_views.add_arguments(parser)
    parser.add_argument(
        "--min-python",
        metavar="VERSION",
        help="the floor to audit against, instead of the one in a wheel's tag",
    )
    audit_reports.add_arguments(parser)
    add_output(parser)
    _add_judgement(parser)
    parser.add_argument(
        "--confirm",
        action="store_true",
        help=(
            "also read each image with pyelftools or pefile, and fail if the results"
            " differ"
        ),
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="also search the machine code for reads of fields that the Limited API"
        " hides; needs abi3build[deep]",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=read_jobs,
        help=(
            "how many inputs are read at once (default: one per processor for large"
            " inputs, else one)"
        ),
    )


def _add_judgement(parser: argparse.ArgumentParser) -> None:
    """Declare which findings are failures."""
    parser.add_argument(
        "--fail-on",
        choices=tuple(_FAILING),
        default="error",
        help="the lowest severity that makes the exit status 1 (default: error)",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help=(
            "treat what is not proven as an error (ABI407): only wheels from a watched"
            " build can pass"
        ),
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help=(
            "an earlier JSON report: findings that it contains are known and do not"
            " fail, nor do files that could not be read"
        ),
    )
    parser.add_argument(
        "--allow-from",
        metavar="PYPROJECT",
        help=(
            "a pyproject.toml whose [[tool.abi3build.allow]] entries are accepted here"
            " as in a build"
        ),
    )


def run(options: argparse.Namespace) -> Outcome:
    """Audit every input; one that cannot be read does not stop the others."""
    import os

    from abi3build.commands import Outcome, known_findings
    from abi3build.reports.forms import AuditRun, render
    from abi3build.reports.workflow import add_summary, report_root

    floor = read_floor_option("--min-python", options.min_python)
    if options.deep:
        _require_disassembler()
    accepted = known_findings.read_accepted(options.allow_from)
    baseline = known_findings.read_known(options.baseline)
    found, faults, releases = _gather(options, floor)
    if accepted:
        from abi3build.audit.accepted_findings import set_accepted_aside

        found = set_accepted_aside(found, accepted)
    results = tuple(known_findings.mark_known(found, baseline))
    unread = [each for each in results if isinstance(each, Unreadable)]
    faults += _not_told(unread, faults)
    audited = [each for each in results if isinstance(each, Audited)]
    is_viewed = options.as_set and releases
    if not faults and not audited and not unread and not is_viewed:
        faults.append(
            "nothing to audit: none of the files found promises the stable ABI:"
            " give --min-python to audit them anyway"
        )
    failing = any(_fails(each, options.fail_on) for each in audited)
    failing_gaps = release_views.severities(releases).intersection(
        _FAILING[options.fail_on]
    )
    done = AuditRun(
        results,
        tuple(faults),
        options.verbose,
        by_release=bool(options.pypi),
        quiet=options.quiet,
        root=report_root(os.environ),
        releases=releases,
    )
    if options.format == "github":
        add_summary(done, os.environ)
    return Outcome(
        audit_reports.in_color(render(options.format, done), options),
        _UNREADABLE if faults else int(failing or bool(failing_gaps)),
        audit_reports.notes(done, options),
        documents=audit_reports.documents(done, options),
    )


def _not_told(unread: list[Unreadable], faults: list[str]) -> list[str]:
    """Return the problems of files, except those that the view of a set shows."""
    told = frozenset(faults)
    return [fault for each in unread for fault in each.faults if fault not in told]


def _gather(
    options: argparse.Namespace, floor: PythonVersion | None
) -> tuple[list[AuditResult], list[str], tuple[ReleaseView, ...]]:
    """Audit files, then published wheels.

    Return the results, what was not found, and what to say about whole releases.
    """
    import os
    from functools import partial

    from abi3build.audit.audit_input import AuditOptions, audit_input
    from abi3build.errors import UsageError

    if not options.paths and not options.pypi:
        message = "nothing to audit: name a PATH, or a project with --pypi"
        raise UsageError(message)
    inputs = find_paths(options.paths)
    audit = partial(
        audit_input,
        options=AuditOptions(
            floor,
            audit_reports.say_steps(options),
            options.confirm,
            options.strict,
            options.deep,
        ),
    )
    files = release_views.named_alone(inputs.files, as_set=options.as_set)
    results = _audit_all(files, options.jobs, audit)
    faults = list(inputs.faults)
    names = [os.path.basename(each.path) for each in inputs.files]
    local: list[FileFacts] = []
    released: list[FileFacts] = []
    if options.as_set:
        local, unread = release_views.local_files(inputs.files)
        faults += unread
    if options.pypi:
        more = published.audit_published(options, audit)
        results += more.results
        faults += more.faults
        names += more.names
        released = more.released
    if len(names) > 1:
        from abi3build.audit.other_wheels import without_served_pythons

        results = without_served_pythons(results, names)
    releases = release_views.view_releases(
        local, released, as_set=options.as_set, floor=floor
    )
    return results, faults, releases


def _require_disassembler() -> None:
    """Raise ``UsageError`` if no disassembler is installed."""
    from importlib.util import find_spec

    from abi3build.errors import UsageError

    if find_spec("capstone") is None:
        message = (
            "--deep reads machine code with capstone, which is missing:"
            ' pip install "abi3build[deep]"'
        )
        raise UsageError(message)


def _audit_all(
    inputs: Sequence[Input], jobs: int | None, audit: Callable[..., AuditResult]
) -> list[AuditResult]:
    if len(inputs) == 1:
        # Processes and their queues take longer to load than most wheels to audit.
        return [audit(inputs[0])]
    from abi3build.commands import Progress
    from abi3build.workers import WorkerLostError, default_jobs, in_order

    if jobs is None:
        jobs = default_jobs([_size(each.path) for each in inputs])
    progress = Progress(len(inputs))
    results: list[AuditResult] = []
    found = in_order(audit, inputs, jobs, progress.advance)
    for given, result in zip(inputs, found):
        if isinstance(result, WorkerLostError):
            fault = (
                f"{given.path}: the process that read it was killed, perhaps for"
                " lack of memory: audit it alone with --jobs 1"
            )
            results.append(Unreadable(given.path, (fault,)))
        else:
            results.append(result)
    progress.finish()
    return results


def _size(path: str) -> int:
    import os

    try:
        return os.stat(path).st_size
    except OSError:
        # The reader of the file reports what is wrong with it.
        return 0


def _fails(result: Audited, fail_on: str) -> bool:
    return any(
        finding.severity.value in _FAILING[fail_on] and finding not in result.known
        for finding in result.report.findings
    )
