"""A report in Markdown, as GitHub, GitLab and others show it.

Tables are those of GitHub Flavored Markdown: https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.reports.github import place_of, relative_path
from abi3build.reports.rule_pages import page_of
from abi3build.reports.verdicts import not_proven_lines, verdict
from abi3build.rules.finding import Severity
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.audit.audit_result import Audited
    from abi3build.audit.report import Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["render_markdown"]

_SIGNS = {
    Severity.ERROR: "\N{HEAVY BALLOT X} error",
    Severity.WARNING: "\N{WARNING SIGN} warning",
    Severity.INFO: "info",
}
_KEPT, _BROKEN = "\N{HEAVY CHECK MARK}", "\N{HEAVY BALLOT X}"
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+|~&@]|(?<=http):|(?<=https):|(?<=www)\.")
_BACKTICKS = re.compile(r"`+")
_ROOM_FOR_LAST = 200


def render_markdown(run: AuditRun, room: int | None = None) -> str:
    """Render a table of the inputs, and a section for each one with something to say.

    If room, in bytes, is given and is too little, whole lines are left out at the end,
    and the last line says how many.
    """
    lines = [*_overview(run)]
    for result in run.audited:
        if _has_to_be_said(result.report):
            lines += _section(result, run.root)
    for view in run.releases:
        from abi3build.reports.release_tables import release_markdown

        lines += release_markdown(view, _code, _escape)
    lines += _list("Skipped", [each.reason for each in run.skipped])
    lines += _list("Not read", run.faults)
    return "".join(f"{line}\n" for line in _within(lines, room))


def _overview(run: AuditRun) -> Iterator[str]:
    reports = run.reports
    kept = sum(report.keeps_promise for report in reports)
    if not reports:
        yield "## abi3build: nothing was audited"
        return
    yield f"## abi3build: {kept} of {len(reports)} keep their promise"
    yield ""
    yield "| | input | promise | images | lowest floor | errors | warnings |"
    yield "|:-:|---|---|--:|---|--:|--:|"
    for report in reports:
        severities = [finding.severity for finding in report.findings]
        yield _row(
            _KEPT if report.keeps_promise else _BROKEN,
            _code(report.name),
            str(report.promise),
            str(len(report.images)),
            str(report.floor or ""),
            str(severities.count(Severity.ERROR)),
            str(severities.count(Severity.WARNING)),
        )


def _has_to_be_said(report: Report) -> bool:
    severities = {finding.severity for finding in report.findings}
    return bool(severities - {Severity.INFO} or report.waived)


def _section(result: Audited, root: str) -> Iterator[str]:
    report = result.report
    yield from ("", f"### {_code(report.name, in_table=False)}", "")
    yield f"It {_escape(verdict(report))}."
    yield from (f"\n{_escape(line.strip())}." for line in not_proven_lines(report))
    if report.findings:
        yield from ("", "| | rule | what | why | where |", "|---|---|---|---|---|")
    for finding in report.findings:
        page = page_of(finding.code)
        known = "known " if finding in result.known else ""
        yield _row(
            f"{known}{_SIGNS[finding.severity]}",
            f"[{page.title}]({page.address})",
            _code(finding.what),
            _escape(finding.message),
            _where(finding, result.path, root),
        )
    hints = dict.fromkeys(
        finding.hint
        for finding in report.findings
        if finding.hint and finding not in result.known
    )
    yield from _list("Next steps", list(hints))
    allowed = [
        f"{each.finding.code} {each.finding.what}: {each.reason}"
        for each in report.waived
    ]
    yield from _list("Allowed", allowed)


def _where(finding: Finding, audited: str, root: str) -> str:
    place = place_of(finding, audited, root)
    if place.line is not None:
        return f"{_code(f'{place.path}:{place.line}')} in {_code(finding.file)}"
    if not finding.file:
        return _code(relative_path(audited, root))
    slice_ = f" {_escape(finding.architecture)}" if finding.architecture else ""
    return f"{_code(finding.file)}{slice_}"


def _list(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield from ("", f"**{title}**", "")
        yield from (f"- {_escape(text)}" for text in texts)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str, *, in_table: bool = True) -> str:
    """Return a code span that ends where the text does, whatever is in it."""
    plain = _one_line(text)
    runs = [len(run) for run in _BACKTICKS.findall(plain)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    if in_table:
        # A row is split into cells before code is looked for.
        plain = plain.replace("|", r"\|")
    return f"{fence}{space}{plain}{space}{fence}"


def _escape(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", _one_line(text))


def _one_line(text: str) -> str:
    return printable(" ".join(text.split("\n")))


def _within(lines: list[str], room: int | None) -> list[str]:
    if room is None or sum(len(line.encode()) + 1 for line in lines) <= room:
        return lines
    kept: list[str] = []
    used = _ROOM_FOR_LAST
    for line in lines:
        used += len(line.encode()) + 1
        if used > room:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return [
        *kept,
        "",
        f"{left} more lines are left out, because there is no room for them",
    ]
