"""The plan of ``abi3build port`` for programs and browsers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from abi3build import __version__
from abi3build.porting.binding_libraries import LIBRARIES
from abi3build.porting.demands import Demand
from abi3build.reports.html import page_head
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.reports.port_later_pythons import deprecation_text, later_fields
from abi3build.reports.port_plan_text import (
    goal_of,
    render_plan_markdown,
    render_plan_text,
)

if TYPE_CHECKING:
    from abi3build.porting.constructs import Construct, UsePlace
    from abi3build.porting.floor_plan import PortPlan

__all__ = [
    "render_plan_github",
    "render_plan_html",
    "render_plan_json",
    "render_plan_sarif",
]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_ANNOTATIONS = 10
"""How many annotations of a level GitHub shows for one step:
https://docs.github.com/en/actions/reference/limits"""


def render_plan_json(plan: PortPlan) -> str:
    """Render the plan as one versioned document, ending with a newline."""
    possible = plan.possible_floor
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "goal": "abi3t" if plan.to_abi3t else "abi3",
        "floor": str(plan.floor),
        "headers": str(plan.headers),
        "possible_floor": str(possible) if possible else None,
        "best_floor": str(plan.best_floor.floor),
        "floors": [
            {
                "floor": str(row.floor),
                "constructs": row.constructs,
                "places": row.places,
                "for_people": row.for_people,
                "settles": list(row.gained),
            }
            for row in plan.rows
        ],
        "no_floor_solves": list(plan.unsolved),
        "constructs": [_construct(each) for each in plan.constructs],
        "files": plan.files,
        "origin": plan.origin,
        "libraries": {name: LIBRARIES[name] for name in plan.libraries},
        "skipped": dict(plan.skipped),
        **later_fields(plan),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def render_plan_sarif(plan: PortPlan) -> str:
    """Render each place as a result, and each construct as a rule.

    What is deprecated is a note, as what the compatibility header does.
    """
    results = [
        _result(each.name, _level(each), _message(each), place)
        for each in plan.constructs
        for place in each.places
    ]
    results += [
        _result(each.name, "note", f"{each.name}: {deprecation_text(each)}", place)
        for each in plan.deprecated
        for place in each.places
    ]
    rules = {each.name: {"id": each.name} for each in plan.constructs}
    rules |= {each.name: {"id": each.name} for each in plan.deprecated}
    driver = {
        "name": "abi3build port",
        "version": __version__,
        "rules": list(rules.values()),
    }
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def render_plan_html(plan: PortPlan) -> str:
    """Render the page of Markdown as one of HTML, with the style of every report."""
    parts = [
        *page_head(f"abi3build port: {goal_of(plan)}"),
        f"<main>\n{_as_html(render_plan_markdown(plan))}</main>",
        f"<footer>abi3build {__version__}.</footer>",
        "</body>\n</html>",
    ]
    return "".join(f"{part}\n" for part in parts)


def render_plan_github(plan: PortPlan) -> str:
    """Render the text for the log, then an annotation for each construct.

    What is deprecated is a notice.
    """
    lines = [render_plan_text(plan)]
    shown = [each for each in plan.constructs if each.demand is not Demand.NOTHING]
    for each in shown[:_MOST_ANNOTATIONS]:
        place = each.places[0]
        lines.append(_annotation("warning", place, _message(each)))
    for use in plan.deprecated[:_MOST_ANNOTATIONS]:
        text = f"{use.name}: {deprecation_text(use)}"
        lines.append(_annotation("notice", use.places[0], text))
    return "".join(lines)


def _annotation(level: str, place: UsePlace, text: str) -> str:
    file = _escaped(place.file).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} file={file},line={place.line}::{_escaped(text)}\n"


def _level(each: Construct) -> str:
    return "note" if each.demand is Demand.NOTHING else "warning"


def _result(rule: str, level: str, text: str, place: UsePlace) -> dict[str, object]:
    artifact = {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"}
    region = {"startLine": place.line}
    location = {"artifactLocation": artifact, "region": region}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }


def _construct(each: Construct) -> dict[str, object]:
    return {
        "name": each.name,
        "kind": each.kind.value,
        "demand": each.demand.name.lower(),
        "why": each.why,
        "instead": each.instead,
        "note": each.note,
        "documentation": each.documentation,
        "since": each.since or None,
        "places": [{"file": place.file, "line": place.line} for place in each.places],
    }


def _message(each: Construct) -> str:
    instead = f"; use {each.instead}" if each.instead else ""
    return f"{each.name}: {each.why}{instead}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _as_html(text: str) -> str:
    """Return Markdown as HTML; its library comes with the extra that reads C."""
    from markdown_it import MarkdownIt

    made: str = MarkdownIt("commonmark").enable("table").render(text)
    return made
