"""The plan of ``abi3build port`` as text, and as Markdown around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.porting.binding_libraries import LIBRARIES
from abi3build.porting.demands import Demand
from abi3build.reports.place_lines import place_lines
from abi3build.reports.port_later_pythons import (
    later_headers_line,
    later_lines,
    later_markdown,
)
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.porting.constructs import Construct
    from abi3build.porting.floor_plan import FloorRow, PortPlan

__all__ = ["floor_lines", "goal_of", "render_plan_markdown", "render_plan_text"]

_MOST_NAMES = 6
_HEADINGS = {
    Demand.NOTHING: "Nothing: the compatibility header covers it (compat = true)",
    Demand.ONE_LINE: "One line each",
    Demand.TYPE: "A type each",
    Demand.DESIGN: "A design",
}


def render_plan_text(plan: PortPlan) -> str:
    """Render the table over floors, then each construct once with its places."""
    lines = [*_summary(plan), *floor_lines(plan), *later_headers_line(plan)]
    for demand, constructs in _by_demand(plan):
        lines += ["", f"{_HEADINGS[demand]}:"]
        for each in constructs:
            lines += _construct(each)
    lines += later_lines(plan)
    lines += _libraries(plan)
    lines += [f"{name}: left out, {why}" for name, why in plan.skipped]
    return printable("\n".join(lines) + "\n")


def render_plan_markdown(plan: PortPlan) -> str:
    """Render the same for a page of a forge."""
    lines = [f"## Port to {goal_of(plan)}", "", *_summary(plan)[:1], ""]
    lines += ["| floor | places | constructs | settled |", "|---|---|---|---|"]
    for row in plan.rows:
        gained = ", ".join(f"`{name}`" for name in row.gained)
        lines.append(f"| {row.floor} | {row.places} | {row.constructs} | {gained} |")
    lines += ["", *_best(plan), *later_headers_line(plan)]
    for demand, constructs in _by_demand(plan):
        lines += ["", f"### {_HEADINGS[demand]}", ""]
        for each in constructs:
            instead = f"; use `{each.instead}`" if each.instead else ""
            lines.append(f"- `{each.name}`: {each.why}{instead}")
            lines += [f"  `{line}`" for line in place_lines(each.places)]
    lines += later_markdown(plan)
    lines += [f"- {line}" for line in _libraries(plan)]
    return printable("\n".join(lines) + "\n")


def goal_of(plan: PortPlan) -> str:
    """Return what a plan leads to, for people."""
    return f"{'abi3t' if plan.to_abi3t else 'abi3'} of Python {plan.floor}"


def floor_lines(plan: PortPlan) -> list[str]:
    """Return the table over floors, the best of them, and what none solves."""
    lines = ["floors:"]
    before: tuple[int, int] | None = None
    for row in plan.rows:
        if (row.places, row.constructs) != before or row.gained:
            lines.append(f"  {row.floor!s:5} {_row(row)}")
        before = row.places, row.constructs
    return [*lines, *_best(plan)]


def _row(row: FloorRow) -> str:
    if not row.constructs:
        text = "nothing to change"
    else:
        text = f"{_count(row.places, 'place')} in {_count(row.constructs, 'construct')}"
        settled = row.constructs - row.for_people
        text += f", {settled} of them by the header" if settled else ""
    return f"{text}; settles {_names(row.gained)}" if row.gained else text


def _best(plan: PortPlan) -> Iterator[str]:
    best = plan.best_floor
    first = plan.rows[0]
    if not best.constructs:
        yield f'min-python = "{best.floor}" needs no changes'
    elif best.floor == first.floor:
        yield f"best floor: {best.floor}, since no later one needs fewer changes"
    else:
        yield (
            f'best floor: min-python = "{best.floor}" leaves'
            f" {_count(best.for_people, 'construct')} of {first.for_people} to do by"
            " hand"
        )
    if plan.unsolved:
        yield f"no floor solves {_names(plan.unsolved)}"


def _summary(plan: PortPlan) -> list[str]:
    files = _count(plan.files, "file")
    goal = goal_of(plan)
    read = f"{files} read ({plan.origin}), headers of {plan.headers}"
    if not plan.constructs:
        first = (
            f"nothing to change for {goal}: {read}; the compiler and the audit make the"
            " final check"
        )
        return [first, *_why(plan)]
    places = len({place for each in plan.constructs for place in each.places})
    first = (
        f"{_count(places, 'place')} in {_count(len(plan.constructs), 'construct')}"
        f" to change for {goal}: {read}"
    )
    return [first, *_why(plan)]


def _why(plan: PortPlan) -> Iterator[str]:
    if plan.why_floor:
        yield f"floor {plan.floor}: {plan.why_floor}"


def _libraries(plan: PortPlan) -> list[str]:
    """Return what there is to say of libraries that are not constructs already."""
    told = {each.name for each in plan.constructs}
    return [
        f"{library}: {LIBRARIES[library]}"
        for library in plan.libraries
        if library not in told
    ]


def _by_demand(plan: PortPlan) -> Iterator[tuple[Demand, list[Construct]]]:
    for demand in Demand:
        constructs = [each for each in plan.constructs if each.demand is demand]
        if constructs:
            yield demand, constructs


def _construct(each: Construct) -> Iterator[str]:
    yield f"  {each.name}: {each.why}"
    if each.instead:
        yield f"      use {each.instead}"
    for line in (each.note, each.documentation):
        if line:
            yield f"      {line}"
    yield from (f"      {line}" for line in place_lines(each.places))


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
