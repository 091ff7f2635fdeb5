"""What a plan of ``abi3build port`` says of headers and Pythons after its floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.reports.changed_names import change_fields
from abi3build.reports.place_lines import place_lines
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.porting.constructs import UsePlace
    from abi3build.porting.floor_plan import PortPlan
    from abi3build.porting.later_pythons import ChangedUse, DeprecatedUse

__all__ = [
    "deprecation_text",
    "later_fields",
    "later_headers_line",
    "later_lines",
    "later_markdown",
]


def later_headers_line(plan: PortPlan) -> Iterator[str]:
    """Say in one line what the newest headers add; nothing if they add nothing."""
    later = plan.later
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (("drop", later.dropped), ("deprecate", later.deprecated))
        if names
    ]
    if parts:
        yield (
            f"headers of {NEWEST_KNOWN} {' and '.join(parts)}:"
            f" --headers {NEWEST_KNOWN} names each place"
        )


def later_lines(plan: PortPlan) -> Iterator[str]:
    """Yield what is deprecated and what behaves differently, with each place.

    What a usual program does not notice is left to JSON.
    """
    if plan.deprecated:
        yield from ("", _deprecated_heading(plan))
        for each in plan.deprecated:
            yield f"  {each.name}: {deprecation_text(each)}"
            yield from (f"      {line}" for line in place_lines(each.places))
    noticed = _noticed(plan)
    if noticed:
        yield from ("", _changed_heading(plan))
        for use in noticed:
            change = use.change
            yield f"  {change.name}: {change.when}: {change.text}"
            yield from (f"      {line}" for line in place_lines(use.places))


def later_markdown(plan: PortPlan) -> Iterator[str]:
    """Yield the same for a page of a forge."""
    if plan.deprecated:
        yield from ("", f"### {_deprecated_heading(plan)[:-1]}", "")
        for each in plan.deprecated:
            yield f"- `{each.name}`: {deprecation_text(each)}"
            yield from _markdown_places(each.places)
    noticed = _noticed(plan)
    if noticed:
        yield from ("", f"### {_changed_heading(plan)[:-1]}", "")
        for use in noticed:
            yield f"- `{use.change.name}`: {use.change.when}: {_plain(use.change.text)}"
            yield from _markdown_places(use.places)


def later_fields(plan: PortPlan) -> dict[str, object]:
    """Return all of it as JSON's fields."""
    return {
        "deprecated": [
            {
                "name": each.name,
                "since": str(each.since),
                "removal": str(each.removal) if each.removal else None,
                "instead": each.instead or None,
                "places": _place_fields(each.places),
            }
            for each in plan.deprecated
        ],
        "changed": [
            {**fields, "places": _place_fields(use.places)}
            for use, fields in zip(
                plan.changed, change_fields(use.change for use in plan.changed)
            )
        ],
        "later_headers": {
            "headers": str(NEWEST_KNOWN),
            "dropped": list(plan.later.dropped),
            "deprecated": list(plan.later.deprecated),
        },
    }


def deprecation_text(use: DeprecatedUse) -> str:
    """Say since when a name is deprecated, until when it compiles, and what to do."""
    removal = f", no longer compiles from {use.removal} on" if use.removal else ""
    instead = f"; {use.instead}" if use.instead else ""
    return f"deprecated since {use.since}{removal}{instead}"


def _noticed(plan: PortPlan) -> list[ChangedUse]:
    return [use for use in plan.changed if not use.change.rarely]


def _deprecated_heading(plan: PortPlan) -> str:
    return f"Deprecated in headers of {plan.headers} (it compiles, with a warning):"


def _changed_heading(plan: PortPlan) -> str:
    return f"Behaves differently between {plan.floor} and {NEWEST_KNOWN}:"


def _markdown_places(places: Iterable[UsePlace]) -> Iterator[str]:
    yield from (f"  `{line}`" for line in place_lines(places))


def _place_fields(places: Iterable[UsePlace]) -> list[dict[str, object]]:
    return [{"file": place.file, "line": place.line} for place in places]


def _plain(text: str) -> str:
    """Return a text in which Markdown finds nothing of its own."""
    return text.replace("_", r"\_").replace("*", r"\*")
