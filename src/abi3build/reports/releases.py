"""Published releases as a table: one line a wheel, by project and version."""

from __future__ import annotations

from itertools import groupby

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.auditing import Audited

__all__ = ["release_lines"]

_LEAST_DASHES = 4
"""Between distribution, version and three tags; other files are of no release."""


def release_lines(results: Sequence[Audited]) -> Iterator[str]:
    """Give a heading for each release, and a line for each wheel of it."""
    wheels = [result for result in results if _name(result).count("-") >= _LEAST_DASHES]
    for release, group in groupby(wheels, key=_release):
        rows = [_row(wheel) for wheel in group]
        yield " ".join(release)
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths))
            yield f"  {'   '.join(cells)}".rstrip()


def _name(result: Audited) -> str:
    return result.path.replace("\\", "/").rpartition("/")[2]


def _release(result: Audited) -> tuple[str, str]:
    distribution, version = _name(result).split("-")[:2]
    return distribution, version


def _row(result: Audited) -> tuple[str, str, str]:
    tags = "-".join(_name(result)[: -len(".whl")].split("-")[-3:])
    report = result.report
    if report is None:
        return tags, "cannot be read", ""
    count = sum(each.severity is Severity.ERROR for each in report.findings)
    errors = f"{count} error" if count == 1 else f"{count} errors"
    floor = f"lowest floor by symbols {report.floor}" if report.floor else ""
    return tags, "keeps its promise" if report.keeps_promise else errors, floor
