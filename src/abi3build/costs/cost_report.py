"""What was measured, as text, as a table in Markdown and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.stable_abi.replacements import replacement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.costs.measuring import Cost
    from abi3build.costs.ratios import Ratio

__all__ = ["render_costs"]

_HEADS = ("Python", "floor", "processor time", "wall time", "wheel", "one run")
_NO_DIFFERENCE = "no difference seen"


def render_costs(form: str, what: str, costs: Sequence[Cost]) -> str:
    """Render the costs in one of the forms; ``what`` names the command."""
    if form == "json":
        return _json(what, costs)
    lines = list(_markdown(costs) if form == "markdown" else _text(what, costs))
    return "".join(f"{line}\n" for line in lines)


def _row(cost: Cost) -> tuple[str, ...]:
    size = f"{cost.abi3_size / max(cost.native_size, 1) - 1:+.0%}"
    return (
        cost.python,
        str(cost.floor),
        _said(cost.processor),
        _said(cost.wall),
        f"{cost.abi3_size / 1000:.0f} kB ({size})",
        f"{cost.seconds:.3f} s",
    )


def _said(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
    if not ratio.is_seen:
        return f"{_NO_DIFFERENCE} ({interval})"
    return f"x {ratio.value:.3f} ({interval})"


def _text(what: str, costs: Sequence[Cost]) -> Iterator[str]:
    yield f"abi3 against a version-specific build, timed: {what}"
    rows = [_HEADS, *(_row(cost) for cost in costs if not cost.fault)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    if len(rows) > 1:
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths))
            yield f"  {'   '.join(cells)}".rstrip()
    for cost in costs:
        if cost.fault:
            yield f"  Python {cost.python}, floor {cost.floor}: {cost.fault}"
    yield from _calls(costs)


def _calls(costs: Sequence[Cost]) -> Iterator[str]:
    names = sorted({name for cost in costs for name in cost.only_abi3})
    if not names:
        return
    yield "  calls that only the abi3 build makes:"
    width = max(map(len, names))
    for name in names:
        known = replacement(name)
        advice = known.instead or known.note if known else ""
        yield f"    {name:<{width}}   {advice}".rstrip()


def _markdown(costs: Sequence[Cost]) -> Iterator[str]:
    yield f"| {' | '.join(_HEADS)} |"
    yield f"|{'---|' * len(_HEADS)}"
    for cost in costs:
        cells = (
            cost.python,
            str(cost.floor),
            cost.fault.replace("|", "\\|"),
            "",
            "",
            "",
        )
        yield f"| {' | '.join(cells if cost.fault else _row(cost))} |"


def _json(what: str, costs: Sequence[Cost]) -> str:
    document = {
        "abi3build": __version__,
        "format": 1,
        "timed": what,
        "costs": [_fields(cost) for cost in costs],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _fields(cost: Cost) -> dict[str, object]:
    return {
        "python": cost.python,
        "floor": str(cost.floor),
        "processor_time": _interval(cost.processor),
        "wall_time": _interval(cost.wall),
        "native_seconds": cost.seconds,
        "abi3_bytes": cost.abi3_size,
        "native_bytes": cost.native_size,
        "only_in_abi3": list(cost.only_abi3),
        "error": cost.fault or None,
    }


def _interval(ratio: Ratio | None) -> dict[str, object] | None:
    if ratio is None:
        return None
    return {
        "ratio": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "blocks": ratio.blocks,
        "difference_seen": ratio.is_seen,
    }
