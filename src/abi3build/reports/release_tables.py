"""A release as a whole in each form: who gets which wheel, and what abi3 would save."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from abi3build.versions import PythonVersion
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Callable

    from abi3build.releases.release_grid import Gap, ReleaseGrid
    from abi3build.releases.release_view import ReleaseView
    from abi3build.releases.savings import Amount, Savings

__all__ = [
    "gap_messages",
    "release_fields",
    "release_html",
    "release_markdown",
    "release_text",
]

_NONE = "-"
_HEADS = ("platform", "now", "with abi3")
_NAMED_AT_MOST = 5
_MEGABYTE = 1_000_000


def release_text(view: ReleaseView, *, quiet: bool) -> Iterator[str]:
    """Yield the lines for people; a quiet report has the gaps alone."""
    if view.grid and (view.grid.gaps or not quiet):
        yield f"{view.name}: the wheel that pip takes"
        yield from _aligned([("", *view.grid.pythons), *_rows(view.grid)])
        lines = (*_legend(view.grid), *_other_lines(view.grid))
        yield from (f"  {line}" for line in lines)
        for gap in view.grid.gaps:
            yield f"  {_severity(gap)}: {_said(gap)}"
            yield f"  hint: {gap.hint}"
    if view.savings and not quiet:
        yield f"{view.name}: {_headline(view.savings)}"
        yield from _aligned(_savings_rows(view.savings))


def release_markdown(
    view: ReleaseView, code: Callable[[str], str], escape: Callable[[str], str]
) -> Iterator[str]:
    """Yield a section with tables; ``code`` and ``escape`` make text safe there.

    Names of files are a stranger's.
    """
    if view.grid:
        yield from ("", f"### {escape(view.name)}: the wheel that pip takes", "")
        yield f"| platform | {' | '.join(view.grid.pythons)} |"
        yield f"|{'---|' * (len(view.grid.pythons) + 1)}"
        for row in _rows(view.grid):
            yield f"| {' | '.join(map(code, row))} |"
        for legend in _legend(view.grid):
            yield from ("", f"{escape(legend)}.")
        for gap in view.grid.gaps:
            said = escape(f"{_said(gap)}: {gap.hint}")
            yield from ("", f"- **{_severity(gap)}**: {said}")
    if view.savings:
        yield from ("", f"### {escape(view.name)}: what abi3 would save", "")
        yield from (f"{escape(_headline(view.savings))}.", "")
        yield f"| {' | '.join(_HEADS)} |"
        yield f"|{'---|' * len(_HEADS)}"
        for row in _savings_rows(view.savings):
            yield f"| {' | '.join(map(escape, row))} |"


def release_html(view: ReleaseView) -> Iterator[str]:
    """Yield sections with tables, every text of them escaped."""
    if view.grid:
        yield f"<h2>{_html(view.name)}: the wheel that pip takes</h2>"
        yield from _html_table(("", *view.grid.pythons), _rows(view.grid))
        for legend in _legend(view.grid):
            yield f'<p class="faint">{_html(legend)}</p>'
        for gap in view.grid.gaps:
            kind = _severity(gap)
            said = f"{_said(gap)}: {gap.hint}"
            yield f'<p><span class="mark {kind}">{kind}</span> {_html(said)}</p>'
    if view.savings:
        yield f"<h2>{_html(view.name)}: what abi3 would save</h2>"
        yield f"<p>{_html(_headline(view.savings))}</p>"
        yield from _html_table(_HEADS, _savings_rows(view.savings))


def release_fields(view: ReleaseView) -> dict[str, object]:
    """Return the same as JSON's fields, with the wheels' whole names."""
    return {
        "name": view.name,
        "chosen_wheels": None if view.grid is None else _grid_fields(view.grid),
        "savings": None if view.savings is None else _savings_fields(view.savings),
    }


def gap_messages(view: ReleaseView) -> Iterator[tuple[str, str]]:
    """Yield severity and message of each gap, for forms without a place for a grid."""
    for gap in view.grid.gaps if view.grid else ():
        yield _severity(gap), f"{view.name}: {_said(gap)}: {gap.hint}"


def _severity(gap: Gap) -> str:
    return "warning" if gap.builds_from_source else "error"


def _said(gap: Gap) -> str:
    verb = "gets" if len(gap.pythons) == 1 else "get"
    instead = ", and builds from source there" if gap.builds_from_source else ""
    where = ", ".join(gap.platforms)
    return f"Python {', '.join(gap.pythons)} {verb} no wheel on {where}{instead}"


def _rows(grid: ReleaseGrid) -> list[tuple[str, ...]]:
    return [(row.platform, *map(_short, row.chosen)) for row in grid.rows]


def _short(filename: str) -> str:
    """Return what tells a wheel from its neighbors, such as ``cp39+`` or ``cp313``."""
    if not filename:
        return _NONE
    python, abi = filename.split("-")[-3:-1]
    if abi == "none":
        return python
    if "abi3" in abi:
        return f"{python}+"
    return abi


def _legend(grid: ReleaseGrid) -> Iterator[str]:
    """Yield the meanings of the marks in a grid, in one line, if any need words."""
    marks = {_short(name) for row in grid.rows for name in row.chosen}
    floors = sorted(PythonVersion.from_tag(each[:-1]) for each in marks if "+" in each)
    said = [
        f"{each.tag}+ stands for the abi3 wheel from {each} on" for each in floors[:1]
    ]
    if _NONE in marks:
        said.append(f"{_NONE} for none" if said else f"{_NONE} stands for none")
    if said:
        yield ", ".join(said)


def _other_lines(grid: ReleaseGrid) -> Iterator[str]:
    count = len(grid.others)
    if count:
        names = ", ".join(grid.others[:_NAMED_AT_MOST])
        further = count - _NAMED_AT_MOST
        more = f" and {further} more" if further > 0 else ""
        what = "wheel is" if count == 1 else "wheels are"
        yield f"{count} {what} taken by none of these: {names}{more}"


def _headline(savings: Savings) -> str:
    stay = ""
    if savings.staying:
        stay = f", {savings.staying} of them for free-threaded, older or other Pythons"
    return (
        f"{_amount(savings.now)} a release; abi3 from {savings.floor}:"
        f" {_amount(savings.then)}{stay}"
    )


def _savings_rows(savings: Savings) -> list[tuple[str, ...]]:
    return [
        (each.system, _amount(each.now), _amount(each.then)) for each in savings.systems
    ]


def _amount(amount: Amount) -> str:
    count = f"{amount.wheels} {'wheel' if amount.wheels == 1 else 'wheels'}"
    if amount.size is None:
        return count
    if amount.size < _MEGABYTE:
        return f"{count}, {amount.size / 1000:.0f} kB"
    return f"{count}, {amount.size / _MEGABYTE:.1f} MB"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths))
        yield f"  {'  '.join(cells)}".rstrip()


def _html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{_html(each)}</th>" for each in heads)
    yield "</tr></thead><tbody>"
    for first, *cells in rows:
        marked = "".join(
            f'<td class="broken">{_NONE}</td>'
            if cell == _NONE
            else f"<td>{_html(cell)}</td>"
            for cell in cells
        )
        yield f"<tr><th>{_html(first)}</th>{marked}</tr>"
    yield "</tbody></table></div>"


def _html(text: str) -> str:
    return html.escape(printable(text))


def _grid_fields(grid: ReleaseGrid) -> dict[str, object]:
    return {
        "pythons": list(grid.pythons),
        "platforms": [
            {
                "platform": row.platform,
                "wheels": {
                    python: name or None
                    for python, name in zip(grid.pythons, row.chosen)
                },
            }
            for row in grid.rows
        ],
        "gaps": [
            {
                "pythons": list(gap.pythons),
                "platforms": list(gap.platforms),
                "severity": _severity(gap),
                "hint": gap.hint,
            }
            for gap in grid.gaps
        ],
        "others": list(grid.others),
    }


def _savings_fields(savings: Savings) -> dict[str, object]:
    return {
        "floor": str(savings.floor),
        "now": savings.now._asdict(),
        "with_abi3": savings.then._asdict(),
        "staying": savings.staying,
        "platforms": [
            {
                "platform": each.system,
                "now": each.now._asdict(),
                "with_abi3": each.then._asdict(),
            }
            for each in savings.systems
        ],
    }
