"""What was measured, as text, as a table in Markdown and as JSON.

``cost.schema.json`` beside this module describes the document.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.stable_abi.faster_ways import faster_way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.costs.calls import CallCount
    from abi3build.costs.measuring import Cost
    from abi3build.costs.ratios import Ratio
    from abi3build.versions import PythonVersion

__all__ = ["SCHEMA", "render_costs", "render_json"]

SCHEMA = Path(__file__).with_name("cost.schema.json")
_HEADS = ("Python", "floor", "processor time", "wall time", "wheel", "one run")
_SHOWN_CALLS = 10
_SHORT = 0.01
_NO_DIFFERENCE = "no difference seen"


def render_costs(form: str, what: str, costs: Sequence[Cost]) -> str:
    """Render the costs in one of the forms; ``what`` names the command."""
    if form == "json":
        return render_json(what, costs)
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
        _duration(cost.seconds),
    )


def _duration(seconds: float) -> str:
    """Return it in seconds, or in thousandths, as benchmarks may take very little."""
    return f"{seconds:.3f} s" if seconds >= _SHORT else f"{seconds * 1e3:.3g} ms"


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
    if len(rows) > 1:
        yield from (f"  {line}" for line in _aligned(rows))
    for cost in costs:
        if cost.fault:
            yield f"  Python {cost.python}, floor {cost.floor}: {cost.fault}"
    yield from _calls(costs)


def _calls(costs: Sequence[Cost]) -> Iterator[str]:
    """Yield the counted calls of each cost, else the functions that abi3 adds."""
    for cost in costs:
        if cost.calls is not None:
            where = f"Python {cost.python}, floor {cost.floor}"
            yield f"  {where}: {_total(cost.calls)}"
            yield from (f"    {line}" for line in _aligned(_call_rows(cost)))
    counted = {(cost.python, cost.floor) for cost in costs if cost.calls is not None}
    others = [cost for cost in costs if (cost.python, cost.floor) not in counted]
    names = sorted({name for cost in others for name in cost.only_abi3})
    if names:
        yield "  functions that only the abi3 build calls (--calls counts how often):"
        rows = [
            (name, _advice(name, max(cost.floor for cost in others))) for name in names
        ]
        yield from (f"    {line}" for line in _aligned(rows))


def _total(calls: Sequence[CallCount]) -> str:
    extra = sum(each.extra for each in calls)
    if not extra:
        return "the abi3 build calls no function more often"
    return f"the abi3 build makes {extra:,} calls more in one run"


def _call_rows(cost: Cost) -> list[tuple[str, ...]]:
    calls = cost.calls or ()
    total = sum(each.extra for each in calls) or 1
    return [
        (
            f"{each.extra / total:4.0%}",
            f"{each.extra:,}",
            each.name,
            _advice(each.name, cost.floor),
        )
        for each in calls[:_SHOWN_CALLS]
    ]


def _advice(name: str, floor: PythonVersion) -> str:
    """Return what to do about a function, with the floor that it takes if too new."""
    way = faster_way(name)
    if way is None:
        return ""
    later = f" (from a floor of {way.since} on)" if way.since > floor else ""
    return f"{way.text}{later}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths))
        yield "   ".join(cells).rstrip()


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
    for cost in costs:
        if cost.calls:
            where = f"Python {cost.python}, floor {cost.floor}"
            yield from ("", f"{where}: {_total(cost.calls)}.", "")
            yield from (
                "| share | calls | function | what to do |",
                "|--:|--:|---|---|",
            )
            for share, count, name, advice in _call_rows(cost):
                yield f"| {share.strip()} | {count} | `{name}` | {advice} |"


def render_json(what: str, costs: Sequence[Cost], errors: Sequence[str] = ()) -> str:
    """Render the costs as one versioned document; errors are of the request itself."""
    document = {
        "abi3build": __version__,
        "format": 1,
        "timed": what,
        "costs": [_fields(cost) for cost in costs],
        "errors": list(errors),
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
        "calls": None if cost.calls is None else [_call_fields(c) for c in cost.calls],
        "error": cost.fault or None,
    }


def _call_fields(call: CallCount) -> dict[str, object]:
    way = faster_way(call.name)
    return {**call._asdict(), "advice": way.text if way else None}


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
