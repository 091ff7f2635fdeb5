"""The frame of a picture of ratios: rows with names, panels on a logarithmic scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["RatioPicture"]

_LEFT, _GAP, _TOP = 170, 14, 78


class RatioPicture(NamedTuple):
    """Say how large panels and rows are, and where the scale begins and ends."""

    title: str
    panel: int
    row: int
    lowest: float
    highest: float
    ticks: tuple[float, ...]

    def draw(
        self,
        legend: Iterable[str],
        rows: Sequence[str],
        panels: Sequence[tuple[str, Iterable[str]]],
    ) -> str:
        """Return the picture; panels have a heading and marks, made by ``mark``."""
        width = _LEFT + len(panels) * (self.panel + _GAP)
        height = _TOP + len(rows) * self.row + 40
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            f'width="{width}" height="{height}" font-family="system-ui, sans-serif"',
            'font-size="12">',
            f"<title>{self.title}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            '<text x="10" y="20" font-size="15" font-weight="bold">',
            f"{self.title}</text>",
            *legend,
        ]
        for number, name in enumerate(rows):
            y = self._middle(number)
            parts.append(
                f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{name}</text>'
            )
        for number, (heading, marks) in enumerate(panels):
            parts += self._scale(number, heading, len(rows))
            parts += marks
        return "\n".join([*parts, "</svg>", ""])

    def mark(
        self,
        place: tuple[int, int, int],
        ratio: Sequence[float],
        fill: str,
        color: str,
    ) -> Iterator[str]:
        """Yield a circle at a ratio and a line over its interval.

        The place is the panel, the row and how far below its middle, in pixels; the
        ratio comes before the ends of its interval.
        """
        panel, row, shift = place
        y = self._middle(row) + shift
        value, low, high = (self._left(panel) + self._at(each) for each in ratio)
        yield (
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"'
            f' stroke="{color}" stroke-width="1.5"/>'
        )
        yield (
            f'<circle cx="{value:.1f}" cy="{y}" r="3.5" fill="{fill}"'
            f' stroke="{color}"/>'
        )

    def _scale(self, number: int, heading: str, rows: int) -> Iterator[str]:
        left, bottom = self._left(number), _TOP + rows * self.row + 10
        yield f'<text x="{left + self.panel / 2}" y="{_TOP - 12}" text-anchor="middle"'
        yield f'font-weight="bold">{heading}</text>'
        yield f'<rect x="{left}" y="{_TOP}" width="{self.panel}"'
        yield f'height="{bottom - _TOP}" fill="#f6f8fa"/>'
        for tick in self.ticks:
            x = left + self._at(tick)
            color = "#57606a" if tick == 1 else "#d0d7de"
            yield (
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"'
                f' stroke="{color}"/>'
            )
            yield (
                f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle"'
                f' fill="#57606a" font-size="10">{tick:g}</text>'
            )

    def _left(self, panel: int) -> int:
        return _LEFT + panel * (self.panel + _GAP)

    def _middle(self, row: int) -> float:
        return _TOP + row * self.row + self.row / 2

    def _at(self, ratio: float) -> float:
        inside = min(max(ratio, self.lowest), self.highest)
        span = math.log(self.highest / self.lowest)
        return math.log(inside / self.lowest) / span * self.panel
