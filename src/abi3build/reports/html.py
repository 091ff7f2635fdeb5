"""A report as one page of HTML: no script, nothing from outside, light and dark.

Names in a wheel are a stranger's.  They are escaped, and the page's own policy forbids
scripts and every request, should an escape ever be missing.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.rule_pages import page_of
from abi3build.reports.text import verdict
from abi3build.rules.finding import Severity
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from abi3build.audit.audit_input import Audited
    from abi3build.audit.report import Report
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = [
    "Cell",
    "Grid",
    "GridRow",
    "grid_of",
    "page_head",
    "page_html",
    "render_html",
]


class Cell(Enum):
    """Say what a report knows of one image on one Python."""

    KEPT = "kept"
    LATER = "needs a later Python"
    BROKEN = "broken"


@dataclass(frozen=True)
class GridRow:
    """Hold the cells of one image."""

    file: str
    kind: str
    """Format and machine, such as ``ELF x86_64``; empty where it could not be read."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Hold the Pythons that are promised, such as 3.9 or 3.15t, and a row an image."""

    pythons: tuple[str, ...]
    rows: tuple[GridRow, ...]


def grid_of(report: Report) -> Grid:
    """Lay a report out by image and Python."""
    pythons = tuple(_pythons(report))
    return Grid(
        tuple(label for label, _ in pythons),
        tuple(_rows(report, [version for _, version in pythons])),
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


def _rows(report: Report, pythons: list[PythonVersion]) -> Iterator[GridRow]:
    errors = [each for each in report.findings if each.severity is Severity.ERROR]
    broken = {(each.file, each.architecture) for each in errors if not each.settled_by}
    for image in report.images:
        places = {("", ""), (image.file, ""), (image.file, image.machine)}
        if broken & places:
            cells = [Cell.BROKEN] * len(pythons)
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


_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|\*\*(?P<strong>.+?)\*\*"
    r"|\*(?P<em>[^*]+?)\*"
    r"|<(?P<address>https://[^<>\s]+)>",
    re.DOTALL,
)
_HEADING = re.compile(r"(#{1,4}) (.+)")
_CODE = "    "


def page_html(text: str, first_level: int) -> str:
    """Render a page whose own heading becomes one of the given level."""
    return "".join(
        f"{_block(block, first_level - 1)}\n"
        for block in text.strip("\n").split("\n\n")
    )


def _block(block: str, shift: int) -> str:
    heading = _HEADING.fullmatch(block)
    if heading:
        level = len(heading[1]) + shift
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    lines = block.split("\n")
    if all(line.startswith(_CODE) for line in lines):
        code = html.escape("\n".join(line[len(_CODE) :] for line in lines), quote=False)
        return f"<pre><code>{code}\n</code></pre>"
    if block.startswith("- "):
        items = "".join(f"<li>{_inline(item)}</li>\n" for item in _items(lines))
        return f"<ul>\n{items}</ul>"
    if block.startswith("|"):
        return _table(lines)
    return f"<p>{_inline(block)}</p>"


def _items(lines: list[str]) -> Iterator[str]:
    item: list[str] = []
    for line in lines:
        if line.startswith("- ") and item:
            yield "\n".join(item)
            item = []
        item.append(line.removeprefix("- ").strip())
    yield "\n".join(item)


def _table(lines: list[str]) -> str:
    head, _, *body = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in lines
    )
    rows = "".join(_row(cells, "td") for cells in body)
    titles = f"<thead>\n{_row(head, 'th')}</thead>"
    return f"<table>\n{titles}\n<tbody>\n{rows}</tbody>\n</table>"


def _row(cells: list[str], tag: str) -> str:
    made = "".join(f"<{tag}>{_inline(cell)}</{tag}>\n" for cell in cells)
    return f"<tr>\n{made}</tr>\n"


def _inline(text: str) -> str:
    made = []
    end = 0
    for match in _INLINE.finditer(text):
        made += [html.escape(text[end : match.start()], quote=False), _marked(match)]
        end = match.end()
    return "".join([*made, html.escape(text[end:], quote=False)])


def _marked(match: re.Match[str]) -> str:
    if match["code"]:
        return f"<code>{html.escape(match['code'], quote=False)}</code>"
    if match["strong"]:
        return f"<strong>{_inline(match['strong'])}</strong>"
    if match["em"]:
        return f"<em>{_inline(match['em'])}</em>"
    address = html.escape(match["address"])
    return f'<a href="{address}">{address}</a>'


_STYLE = Path(__file__).with_name("report.css")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"

_MARKS = {
    Cell.KEPT: ("kept", "\N{HEAVY CHECK MARK}"),
    Cell.LATER: ("later", "\N{UPWARDS ARROW}"),
    Cell.BROKEN: ("broken", "\N{HEAVY BALLOT X}"),
}
_LEGEND = {
    Cell.KEPT: "keeps its promise",
    Cell.LATER: "takes symbols that only later Pythons promise",
    Cell.BROKEN: "an error that no later Python settles",
}


def render_html(run: AuditRun) -> str:
    """Render the whole page, with the page of each rule that found something."""
    reports = [each.report for each in run.results if each.report is not None]
    kept = sum(report.keeps_promise for report in reports)
    said = "nothing was audited"
    if reports:
        said = f"{kept} of {len(reports)} keep their promise"
    parts = [
        *page_head(f"abi3build: {said}"),
        f"<header>\n<h1>abi3build audit</h1>\n<p>{said}</p>\n</header>\n<main>",
        *(line for each in run.results for line in _section(each)),
        *_list("Passed by", [each.skipped for each in run.results if each.skipped]),
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
    if report is None:
        return
    kept, mark = _MARKS[Cell.KEPT if report.keeps_promise else Cell.BROKEN]
    yield f'<section>\n<h2><span class="{kept}">{mark}</span> {_code(report.name)}</h2>'
    yield f"<p>It {_text(verdict(report))}.</p>"
    yield from _grid(grid_of(report))
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
    yield "</section>"


def _grid(grid: Grid) -> Iterator[str]:
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


def _rules(reports: Sequence[Report]) -> Iterator[str]:
    codes = sorted({each.code for report in reports for each in report.findings})
    if codes:
        yield "<h2>Rules</h2>"
    for code in codes:
        page = page_html(page_of(code).text, first_level=3)
        yield f'<article class="rule" id="{code}">\n{page}</article>'


def _legend() -> str:
    return "; ".join(
        f'<span class="{name}">{mark}</span> {_LEGEND[cell]}'
        for cell, (name, mark) in _MARKS.items()
    )


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    return html.escape(printable(text))
