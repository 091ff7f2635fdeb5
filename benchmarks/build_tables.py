"""The tables and the picture of builds.py, made of the runs that it recorded."""

from __future__ import annotations

import math
import os
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from build_runs import Run

__all__ = ["draw", "table"]

_BASE, _PEER = "setuptools", "meson-python"
_TOLD = {
    "clean": "clean",
    "nothing": "nothing changed",
    "source": "one source edited",
    "three": "a header of three edited",
    "all": "a header of all edited",
    "flag": "a flag changed",
    "editable": "editable again",
}
_COLORS = {
    "setuptools-parallel": "#8250df",
    "abi3build": "#0969da",
    "abi3build-plugin": "#54aeff",
    "meson-python": "#1a7f37",
    "scikit-build-core": "#bc4c00",
}
_TITLE = "Seconds of a build, as a multiple of setuptools"
_LEFT, _PANEL, _GAP, _ROW, _TOP = 170, 190, 14, 50, 78
_LOWEST, _HIGHEST = 0.1, 12.0
_TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)


def table(shape: str, runs: Sequence[Run]) -> str:
    """Return a table in Markdown of one shape: a line for each row and tool."""
    found = _by_row_and_tool(shape, runs)
    rounds = max(map(len, found.values()))
    lines = [
        "",
        (
            f"{shape} units, {rounds} rounds, {os.cpu_count()} processors,"
            f" load {os.getloadavg()[0]:.1f}"
        ),
        "",
        "| row | tool | seconds | of setuptools | of meson-python | units | right |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for (row, tool), some in found.items():
        compiled = "/".join(map(str, sorted({run.compiled for run in some})))
        right = "yes" if all(run.is_right for run in some) else "NO"
        lines.append(
            f"| {_TOLD[row]} | {tool}"
            f" | {statistics.median(run.seconds for run in some):.2f}"
            f" | {_told_ratio(some, found.get((row, _BASE)))}"
            f" | {_told_ratio(some, found.get((row, _PEER)))}"
            f" | {compiled} | {right} |"
        )
    return "\n".join([*lines, ""])


def _by_row_and_tool(
    shape: str, runs: Sequence[Run]
) -> dict[tuple[str, str], list[Run]]:
    found: dict[tuple[str, str], list[Run]] = {}
    for run in sorted(runs, key=lambda run: list(_TOLD).index(run.row)):
        if run.shape == shape:
            found.setdefault((run.row, run.tool), []).append(run)
    return found


def _told_ratio(runs: list[Run], base: list[Run] | None) -> str:
    if base is None or runs is base:
        return ""
    median, low, high = _ratio(runs, base)
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


def _ratio(runs: list[Run], base: list[Run]) -> tuple[float, float, float]:
    """Return the median of the ratios round by round, the lowest and the highest."""
    ratios = [run.seconds / other.seconds for run, other in zip(runs, base)]
    return statistics.median(ratios), min(ratios), max(ratios)


def draw(runs: Sequence[Run]) -> str:
    """Return the picture: a panel for each shape, a line of marks for each row."""
    shapes = list(dict.fromkeys(run.shape for run in runs))
    rows = [row for row in _TOLD if any(run.row == row for run in runs)]
    width = _LEFT + len(shapes) * (_PANEL + _GAP)
    height = _TOP + len(rows) * _ROW + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        f'width="{width}" height="{height}" font-family="system-ui, sans-serif"',
        'font-size="12">',
        f"<title>{_TITLE}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(runs),
    ]
    for at, row in enumerate(rows):
        y = _TOP + at * _ROW + _ROW / 2
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{_TOLD[row]}</text>'
        )
    for number, shape in enumerate(shapes):
        left = _LEFT + number * (_PANEL + _GAP)
        parts += _panel(left, shape, rows, runs)
    return "\n".join([*parts, "</svg>", ""])


def _legend(runs: Sequence[Run]) -> Iterator[str]:
    yield '<text x="10" y="20" font-size="15" font-weight="bold">'
    yield f"{_TITLE}</text>"
    x = 10
    tools = {run.tool for run in runs}
    for tool, color in _COLORS.items():
        if tool in tools:
            yield f'<circle cx="{x + 5}" cy="38" r="4.5" fill="{color}"/>'
            yield f'<text x="{x + 15}" y="42">{tool}</text>'
            x += 40 + 7 * len(tool)
    if not all(run.is_right for run in runs if run.tool != _BASE):
        yield f'<circle cx="{x + 5}" cy="38" r="4" fill="#fff" stroke="#57606a"/>'
        yield f'<text x="{x + 15}" y="42">the wheel lacks an edit</text>'


def _panel(
    left: int, shape: str, rows: list[str], runs: Sequence[Run]
) -> Iterator[str]:
    bottom = _TOP + len(rows) * _ROW + 10
    yield f'<text x="{left + _PANEL / 2}" y="{_TOP - 12}" text-anchor="middle"'
    yield f'font-weight="bold">{_name(shape)}</text>'
    yield f'<rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{bottom - _TOP}"'
    yield 'fill="#f6f8fa"/>'
    for tick in _TICKS:
        x = left + _at(tick)
        color = "#57606a" if tick == 1 else "#d0d7de"
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"'
        yield f'stroke="{color}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle"'
        yield f'fill="#57606a" font-size="10">{tick:g}</text>'
    found = _by_row_and_tool(shape, runs)
    for at, row in enumerate(rows):
        for shift, (tool, color) in zip((-16, -8, 0, 8, 16), _COLORS.items()):
            some, base = found.get((row, tool)), found.get((row, _BASE))
            if some and base:
                y = _TOP + at * _ROW + _ROW / 2 + shift
                is_right = all(run.is_right for run in some)
                yield from _mark(left, y, _ratio(some, base), color, is_right=is_right)


def _name(shape: str) -> str:
    if shape.startswith("cython"):
        return f"{shape[len('cython') :]} Cython modules"
    extensions, _, units = shape.rpartition("x")
    if extensions:
        return f"{extensions} extensions of {units} units"
    return f"{units} unit{'' if units == '1' else 's'}"


def _mark(
    left: int,
    y: float,
    ratio: tuple[float, float, float],
    color: str,
    *,
    is_right: bool,
) -> Iterator[str]:
    median, low, high = (left + _at(each) for each in ratio)
    fill = color if is_right else "#fff"
    yield f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{color}"/>'
    yield f'<circle cx="{median:.1f}" cy="{y}" r="3.5" fill="{fill}" stroke="{color}"/>'


def _at(ratio: float) -> float:
    """Return where a ratio stands on the logarithmic scale of a panel."""
    inside = min(max(ratio, _LOWEST), _HIGHEST)
    span = math.log(_HIGHEST / _LOWEST)
    return math.log(inside / _LOWEST) / span * _PANEL
