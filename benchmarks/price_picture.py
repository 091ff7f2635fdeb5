"""The picture and the tables of price.py, made of what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ratio_picture import RatioPicture

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
_COLORS = {"3.9": "#0969da", "3.11": "#1a7f37", "3.12": "#cf222e"}
_PICTURE = RatioPicture(
    "Time under the limit, as a multiple of the time without it",
    panel=160,
    row=34,
    lowest=0.1,
    highest=20.0,
    ticks=(0.25, 0.5, 1, 2, 4, 8, 16),
)


def draw(result: Mapping[str, Any]) -> str:
    """Return the picture: a row for each pattern, a panel for each builder."""
    names = _measured(result)
    panels = [
        (f"Python {label}", _marks(number, builder["floors"], names))
        for number, (label, builder) in enumerate(result["builders"].items())
    ]
    return _PICTURE.draw(_legend(), [PATTERNS[name] for name in names], panels)


def _measured(result: Mapping[str, Any]) -> list[str]:
    """Return the patterns that a result has, in their order."""
    floors = next(iter(result["builders"].values()))["floors"]
    return [name for name in PATTERNS if name in next(iter(floors.values()))]


def _legend() -> Iterator[str]:
    x = 10
    for floor, color in _COLORS.items():
        yield f'<circle cx="{x + 5}" cy="38" r="4.5" fill="{color}"/>'
        yield f'<text x="{x + 15}" y="42">floor {floor}</text>'
        x += 90
    yield f'<circle cx="{x + 5}" cy="38" r="4" fill="#fff" stroke="#57606a"/>'
    yield f'<text x="{x + 15}" y="42">the fast way; lines are intervals of 95 %</text>'


def _marks(panel: int, floors: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    for row, name in enumerate(names):
        for shift, (floor, color) in zip((-9, 0, 9), _COLORS.items()):
            if floor in floors:
                place, found = (panel, row, shift), floors[floor]
                yield from _PICTURE.mark(place, found[f"{name}_fast"], "#fff", color)
                yield from _PICTURE.mark(place, found[name], color, color)


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
