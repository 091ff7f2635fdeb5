"""The tables and the picture of builds.py, made of the runs that it recorded."""

from __future__ import annotations

import os
import statistics
from typing import TYPE_CHECKING

from ratio_picture import RatioPicture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
_SHIFTS = (-16, -8, 0, 8, 16)
_PICTURE = RatioPicture(
    "Seconds of a build, as a multiple of setuptools",
    panel=190,
    row=50,
    lowest=0.1,
    highest=12.0,
    ticks=(0.125, 0.25, 0.5, 1, 2, 4, 8),
)


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
    panels = [
        (_name(shape), _marks(number, rows, _by_row_and_tool(shape, runs)))
        for number, shape in enumerate(shapes)
    ]
    return _PICTURE.draw(_legend(runs), [_TOLD[row] for row in rows], panels)


def _legend(runs: Sequence[Run]) -> Iterator[str]:
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


def _marks(
    panel: int, rows: list[str], found: Mapping[tuple[str, str], list[Run]]
) -> Iterator[str]:
    for at, row in enumerate(rows):
        for shift, (tool, color) in zip(_SHIFTS, _COLORS.items()):
            some, base = found.get((row, tool)), found.get((row, _BASE))
            if some and base:
                fill = color if all(run.is_right for run in some) else "#fff"
                ratio = _ratio(some, base)
                yield from _PICTURE.mark((panel, at, shift), ratio, fill, color)


def _name(shape: str) -> str:
    if shape.startswith("cython"):
        return f"{shape[len('cython') :]} Cython modules"
    extensions, _, units = shape.rpartition("x")
    if extensions:
        return f"{extensions} extensions of {units} units"
    return f"{units} unit{'' if units == '1' else 's'}"
