"""The effective settings and what is built with them, as text and as JSON."""

from __future__ import annotations

import json
import os
from enum import Enum
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.settings.model import KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.settings.model import Settings
    from abi3build.targets.interpreters import Decision
    from abi3build.targets.target import Builder, Target

__all__ = ["render_all_json", "render_all_text", "render_json", "render_text"]


def render_text(settings: Settings, builder: Builder, target: Target) -> str:
    """Render one line for each setting, then what would be built."""
    lines = [*_settings_lines(settings), "", f"{builder.label} builds {target.label}"]
    if target.is_stable:
        macros = ", ".join(f"{name}={value}" for name, value in target.macros)
        lines += [f"  macro   {macros}", f"  suffix  {target.suffix}"]
    else:
        lines += [f"  reason  {target.reason}", f"  suffix  {target.suffix}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_json(settings: Settings, builder: Builder, target: Target) -> str:
    """Render the same as one versioned document, ending with a newline."""
    return _document(settings, builder=builder.label, target=_target_object(target))


def render_all_text(settings: Settings, decisions: Sequence[Decision]) -> str:
    """Render the settings, then a table with a line for each interpreter.

    If a line is not abi3, the reason follows below it, indented.
    """
    rows = [_row(decision) for decision in decisions]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [*_settings_lines(settings), ""]
    for row, decision in zip(rows, decisions):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths))
        lines.append("  ".join(cells))
        target = decision.target
        why = target.reason if target is not None else decision.refusal
        lines += [f"  {why}"] if why else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_all_json(settings: Settings, decisions: Sequence[Decision]) -> str:
    """Render the same as one versioned document, ending with a newline."""
    builders = [
        {
            "builder": decision.interpreter.builder.label,
            "release": decision.interpreter.release,
            "path": os.fspath(decision.interpreter.path),
            "target": decision.target and _target_object(decision.target),
            "refusal": decision.refusal or None,
        }
        for decision in decisions
    ]
    return _document(settings, builders=builders)


def _document(settings: Settings, **made: object) -> str:
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "settings": {
            key: {"value": value, "source": settings.source_of(key)}
            for key, value in _values(settings).items()
        },
        **made,
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _target_object(target: Target) -> dict[str, object]:
    return {
        "kind": target.kind.value,
        "floor": str(target.floor),
        "abi_tag": target.abi_tag or None,
        "suffix": target.suffix,
        "macros": dict(target.macros),
        "reason": target.reason or None,
    }


def _row(decision: Decision) -> tuple[str, str, str, str]:
    interpreter, target = decision.interpreter, decision.target
    makes = "nothing"
    if target is not None:
        makes = target.label if target.is_stable else target.kind.value
    suffix = target.suffix if target is not None else ""
    return interpreter.builder.label, makes, suffix, os.fspath(interpreter.path)


def _settings_lines(settings: Settings) -> list[str]:
    values = _values(settings)
    width = max(map(len, values))
    longest = max(map(len, values.values()))
    return [
        f"{key:<{width}} = {value:<{longest}}  ({settings.source_of(key)})"
        for key, value in values.items()
    ]


def _values(settings: Settings) -> dict[str, str]:
    values = {}
    for key in KEYS:
        values[key] = _written(getattr(settings, key.replace("-", "_")))
    words = {
        "allow": [each.symbol for each in settings.allow],
        "target": [each.tag for each in settings.target],
        "targets": [each.platform for each in settings.targets],
    }
    for key, names in words.items():
        values[key] = ", ".join(names) or "nothing"
    values["target"] = ", ".join(words["target"]) or "this platform"
    values["native"] = str(settings.native) or "no builder"
    values["zig"] = settings.zig or "found when needed"
    return values


def _written(value: object) -> str:
    if value is None:
        return "one at a time"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value) if isinstance(value, Enum) else str(value)
