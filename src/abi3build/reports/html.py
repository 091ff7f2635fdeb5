"""A report as one page of HTML: no script, nothing from outside, light and dark.

Names in a wheel are a stranger's.  They are escaped, and the page's own policy forbids
scripts and every request, should an escape ever be missing.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.rule_pages import page_of
from abi3build.reports.verdicts import counted, not_proven_lines, verdict
from abi3build.rules.finding import Severity
from abi3build.rules.module_names import only_python
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion
from abi3build.wheels.wheel import parse_module_file
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from abi3build.audit.audit_result import Audited
    from abi3build.audit.report import ImageSummary, Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["Cell", "Grid", "GridRow", "grid_of", "page_head", "render_html"]


class Cell(Enum):
    """Say what a report knows of one image on one Python."""

    KEPT = "kept"
    LATER = "needs a later Python"
    BROKEN = "broken"


@dataclass(frozen=True)
class GridRow:
    """Contain the cells of one image."""

    file: str
    kind: str
    """Format and machine, such as ``ELF x86_64``; empty if it could not be read."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Contain the promised Pythons, such as 3.9 or 3.15t, and a row for each image."""

    pythons: tuple[str, ...]
    rows: tuple[GridRow, ...]
    others: int = 0
    """How many images have no row: they use nothing of CPython, and nothing is wrong
    with them, so they run on each."""


def grid_of(report: Report) -> Grid:
    """Lay a report out by image and Python."""
    pythons = tuple(_pythons(report))
    shown = [each for each in report.images if _is_shown(each, report)]
    return Grid(
        tuple(label for label, _ in pythons),
        tuple(_rows(report, shown, [version for _, version in pythons])),
        len(report.images) - len(shown),
    )


def _is_shown(image: ImageSummary, report: Report) -> bool:
    return bool(image.stable_symbols or image.python_libraries) or any(
        finding.file == image.file and finding.severity is not Severity.INFO
        for finding in report.findings
    )


def _pythons(report: Report) -> Iterator[tuple[str, PythonVersion]]:
    major, first = report.promise.floor
    last = max(first, NEWEST_KNOWN.minor) if major == NEWEST_KNOWN.major else first
    versions = [PythonVersion(major, minor) for minor in range(first, last + 1)]
    if report.promise.gil_enabled:
        yield from ((str(version), version) for version in versions)
    if report.promise.free_threaded:
        free = [version for version in versions if version >= FIRST_ABI3T]
        yield from ((f"{version}t", version) for version in free)


def _rows(
    report: Report, shown: Sequence[ImageSummary], pythons: Sequence[PythonVersion]
) -> Iterator[GridRow]:
    errors = [each for each in report.findings if each.severity is Severity.ERROR]
    broken = {(each.file, each.architecture) for each in errors if not each.settled_by}
    for image in shown:
        places = {("", ""), (image.file, ""), (image.file, image.machine)}
        here = [each for each in errors if (each.file, each.architecture) in places]
        if broken & places:
            cells = _broken_cells(here, pythons)
        else:
            settled = [
                each.settled_by
                for each in errors
                if each.settled_by and (each.file, each.architecture) in places
            ]
            needed = max([image.floor, *settled])
            cells = [
                Cell.KEPT if needed <= version else Cell.LATER for version in pythons
            ]
        yield GridRow(image.file, f"{image.format} {image.machine}", tuple(cells))
    read = {"", *(image.file for image in report.images)}
    for file in sorted({file for file, _ in broken} - read):
        yield GridRow(file, "", (Cell.BROKEN,) * len(pythons))


def _broken_cells(
    errors: Sequence[Finding], pythons: Sequence[PythonVersion]
) -> list[Cell]:
    """Return a cross for each Python but the one that a file's name alone serves."""
    module = parse_module_file(errors[0].file)
    is_named_for_one = {each.code for each in errors} == {"ABI301"}
    served = only_python(module) if module and is_named_for_one else None
    return [Cell.KEPT if each == served else Cell.BROKEN for each in pythons]


_STYLE = Path(__file__).with_name("report.css")

# The page may show names from any wheel, so it can load and run nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"

_MARKS = {
    Cell.KEPT: ("kept", "\N{HEAVY CHECK MARK}"),
    Cell.LATER: ("later", "\N{UPWARDS ARROW}"),
    Cell.BROKEN: ("broken", "\N{HEAVY BALLOT X}"),
}
_LEGEND = {
    Cell.KEPT: "keeps its promise",
    Cell.LATER: "uses symbols that only later Pythons promise",
    Cell.BROKEN: "an error that no later Python fixes",
}


def render_html(run: AuditRun) -> str:
    """Render the whole page, with a link to each rule that found something."""
    reports = run.reports
    kept = sum(report.keeps_promise for report in reports)
    said = "nothing was audited"
    if reports:
        said = f"{kept} of {len(reports)} keep their promise"
    if run.faults:
        said += f", {counted(len(run.faults), 'error')} besides"
    parts = [
        *page_head(f"abi3build: {said}"),
        f"<header>\n<h1>abi3build audit</h1>\n<p>{said}</p>\n</header>\n<main>",
        *(line for each in run.audited for line in _section(each)),
        *_releases(run),
        *_list("Skipped", [each.reason for each in run.skipped]),
        *_list("Not read", run.faults),
        *_rules(reports),
        f"</main>\n<footer>abi3build {__version__}. {_legend()}</footer>",
        "</body>\n</html>",
    ]
    return "".join(f"{part}\n" for part in parts)


def page_head(title: str) -> Iterator[str]:
    """Yield the begin of a page, up to its body, with the style of every report."""
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>"
    yield f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>"


def _section(result: Audited) -> Iterator[str]:
    report = result.report
    kept, mark = _MARKS[Cell.KEPT if report.keeps_promise else Cell.BROKEN]
    yield f'<section>\n<h2><span class="{kept}">{mark}</span> {_code(report.name)}</h2>'
    yield f"<p>It {_text(verdict(report))}.</p>"
    yield from (f"<p>{_text(line.strip())}.</p>" for line in not_proven_lines(report))
    yield from _findings(result, report)
    hints = dict.fromkeys(
        finding.hint
        for finding in report.findings
        if finding.hint and finding not in result.known
    )
    yield from _list("Next steps", hints, level=3)
    allowed = [
        f"{each.finding.code} {each.finding.what}: {each.reason}"
        for each in report.waived
    ]
    yield from _list("Allowed", allowed, level=3)
    yield from _grid(grid_of(report))
    yield "</section>"


def _grid(grid: Grid) -> Iterator[str]:
    if grid.others:
        use = "uses" if grid.others == 1 else "use"
        more = "further image" if grid.rows else "image"
        yield f"<p>{counted(grid.others, more)} {use} nothing of CPython.</p>"
    if not grid.rows:
        return
    heads = "".join(f'<th scope="col">{label}</th>' for label in grid.pythons)
    yield '<div class="wide"><table class="grid">'
    yield "<caption>Each image on each promised Python</caption>"
    yield f'<thead><tr><th scope="col">image</th>{heads}</tr></thead>\n<tbody>'
    for row in grid.rows:
        cells = "".join(_cell(cell) for cell in row.cells)
        name = f'{_code(row.file)} <span class="faint">{_text(row.kind)}</span>'
        yield f'<tr><th scope="row">{name}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell) -> str:
    name, mark = _MARKS[cell]
    return f'<td class="{name}" title="{_LEGEND[cell]}">{mark}</td>'


def _findings(result: Audited, report: Report) -> Iterator[str]:
    if not report.findings:
        return
    yield '<div class="wide"><table>'
    titles = ("", "rule", "what", "why", "where")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for finding in report.findings:
        code, severity = finding.code, finding.severity.value
        known = "known " if finding in result.known else ""
        cells = [
            f'<td class="mark {severity}">{known}{severity}</td>',
            f'<td><a href="#{code}">{page_of(code).title}</a></td>',
            f"<td>{_code(finding.what)}</td>",
            f"<td>{_text(finding.message)}</td>",
            f"<td>{_where(finding)}</td>",
        ]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _where(finding: Finding) -> str:
    if not finding.file:
        return "the wheel as a whole"
    slice_ = f" {_text(finding.architecture)}" if finding.architecture else ""
    origin = f"<br>{_code(finding.origin)}" if finding.origin else ""
    return f"{_code(finding.file)}{slice_}{origin}"


def _list(title: str, texts: Iterable[str], *, level: int = 2) -> Iterator[str]:
    items = "".join(f"<li>{_text(text)}</li>\n" for text in texts)
    if items:
        yield f"<h{level}>{title}</h{level}>\n<ul>\n{items}</ul>"


def _releases(run: AuditRun) -> Iterator[str]:
    for view in run.releases:
        from abi3build.reports.release_tables import release_html

        yield from release_html(view)


def _rules(reports: Sequence[Report]) -> Iterator[str]:
    codes = sorted({each.code for report in reports for each in report.findings})
    if codes:
        yield "<h2>Rules</h2>"
    for code in codes:
        page = page_of(code)
        link = f'<a href="{_text(page.address)}">{page.title}</a>'
        yield f'<article class="rule" id="{code}">\n<h3>{link}</h3>'
        yield f"<p>{_text(page.summary)}</p></article>"


def _legend() -> str:
    return "; ".join(
        f'<span class="{name}">{mark}</span> {_LEGEND[cell]}'
        for cell, (name, mark) in _MARKS.items()
    )


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    # Escaping alone would let through characters that reverse or hide text.
    return html.escape(printable(text))
