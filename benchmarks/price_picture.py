"""The picture and the tables of price.py, made of what it measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PATTERNS", "draw", "tables"]

PATTERNS = {
    "tuple_items": "items of a tuple",
    "list_items": "items of a list",
    "attribute": "attribute by C string",
    "method_call": "method call",
    "function_call": "function call",
    "buffer_reading": "buffer of 4 kB",
    "bytes_building": "building bytes",
    "integers": "integers, checked",
    "dict_iteration": "iterating a dict",
    "text_reading": "characters of a text",
    "references": "counting references",
    "object_creation": "object creation",
}
_TITLE = "Time under the limit, as a multiple of the time without it"
_COLORS = {"3.9": "#0969da", "3.11": "#1a7f37", "3.12": "#cf222e"}
_LEFT, _PANEL, _GAP, _ROW, _TOP = 170, 160, 14, 34, 78
_LOWEST, _HIGHEST = 0.1, 20.0
_TICKS = (0.25, 0.5, 1, 2, 4, 8, 16)


def draw(result: Mapping[str, Any]) -> str:
    """Return the picture: a row for each pattern, a panel for each builder."""
    builders = result["builders"]
    width = _LEFT + len(builders) * (_PANEL + _GAP)
    names = _measured(result)
    height = _TOP + len(names) * _ROW + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        f'width="{width}" height="{height}" font-family="system-ui, sans-serif"',
        'font-size="12">',
        f"<title>{_TITLE}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(),
    ]
    for row, name in enumerate(names):
        y = _TOP + row * _ROW + _ROW / 2
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">'
            f"{PATTERNS[name]}</text>"
        )
    for number, (label, builder) in enumerate(builders.items()):
        left = _LEFT + number * (_PANEL + _GAP)
        parts += _panel(left, label, builder, names)
    return "\n".join([*parts, "</svg>", ""])


def _measured(result: Mapping[str, Any]) -> list[str]:
    """Return the patterns that a result has, in their order."""
    floors = next(iter(result["builders"].values()))["floors"]
    return [name for name in PATTERNS if name in next(iter(floors.values()))]


def _legend() -> Iterator[str]:
    yield '<text x="10" y="20" font-size="15" font-weight="bold">'
    yield f"{_TITLE}</text>"
    x = 10
    for floor, color in _COLORS.items():
        yield f'<circle cx="{x + 5}" cy="38" r="4.5" fill="{color}"/>'
        yield f'<text x="{x + 15}" y="42">floor {floor}</text>'
        x += 90
    yield f'<circle cx="{x + 5}" cy="38" r="4" fill="#fff" stroke="#57606a"/>'
    yield f'<text x="{x + 15}" y="42">the fast way; lines are intervals of 95 %</text>'


def _panel(
    left: int, label: str, builder: Mapping[str, Any], names: list[str]
) -> list[str]:
    bottom = _TOP + len(names) * _ROW + 10
    parts = [
        f'<text x="{left + _PANEL / 2}" y="{_TOP - 12}" text-anchor="middle"',
        f'font-weight="bold">Python {label}</text>',
        f'<rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{bottom - _TOP}"',
        'fill="#f6f8fa"/>',
    ]
    for tick in _TICKS:
        x = left + _at(tick)
        color = "#57606a" if tick == 1 else "#d0d7de"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"'
            f' stroke="{color}"/>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle"'
            f' fill="#57606a" font-size="10">{tick}</text>'
        )
    for row, name in enumerate(names):
        for shift, floor in zip((-9, 0, 9), _COLORS):
            if floor in builder["floors"]:
                y = _TOP + row * _ROW + _ROW / 2 + shift
                found = builder["floors"][floor]
                fast = found[f"{name}_fast"]
                parts += _mark(left, y, fast, "#fff", _COLORS[floor])
                parts += _mark(left, y, found[name], _COLORS[floor], _COLORS[floor])
    return parts


def _mark(
    left: int, y: float, ratio: list[float], fill: str, color: str
) -> Iterator[str]:
    value, low, high = (left + _at(each) for each in ratio)
    yield (
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"'
        f' stroke="{color}" stroke-width="1.5"/>'
    )
    yield (
        f'<circle cx="{value:.1f}" cy="{y}" r="3.5" fill="{fill}" stroke="{color}"/>'
    )


def _at(ratio: float) -> float:
    """Return where a ratio stands on the logarithmic scale of a panel."""
    inside = min(max(ratio, _LOWEST), _HIGHEST)
    span = math.log(_HIGHEST / _LOWEST)
    return math.log(inside / _LOWEST) / span * _PANEL


def tables(result: Mapping[str, Any]) -> str:
    """Return how it was measured, and a table in Markdown for each builder."""
    lines = [
        f"Measured on {result['date']}, {result['machine']} with",
        f"{result['processors']} processors at a load of {result['load']},",
        f"{result['compiler']}, {result['blocks']} blocks of A B B A for each number,",
        "processor time of the thread.",
    ]
    for label, builder in result["builders"].items():
        floors = list(builder["floors"])
        lines += ["", f"### Python {label} ({builder['release']})", ""]
        heads = [f"floor {floor} | fast way at {floor}" for floor in floors]
        lines += [
            f"| pattern | {' | '.join(heads)} |",
            f"|---|{'---|' * 2 * len(floors)}",
        ]
        for name in _measured(result):
            cells = [
                _cell(builder["floors"][floor][key])
                for floor in floors
                for key in (name, f"{name}_fast")
            ]
            lines.append(f"| {PATTERNS[name]} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(ratio: list[float]) -> str:
    value, low, high = ratio
    said = "equal" if low <= 1 <= high else f"**{value:.2f}**"
    return f"{said} ({low:.2f} to {high:.2f})"
