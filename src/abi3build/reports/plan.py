"""The effective settings and the target of a build, as text and as JSON."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.settings.model import KEYS

if TYPE_CHECKING:
    from abi3build.settings.model import Settings
    from abi3build.targets.builder import Builder
    from abi3build.targets.target import Target

__all__ = ["render_json", "render_text"]


def render_text(settings: Settings, builder: Builder, target: Target) -> str:
    """Render one line for each setting, then what would be built."""
    values = _values(settings)
    width = max(map(len, values))
    longest = max(map(len, values.values()))
    lines = [
        f"{key:<{width}} = {value:<{longest}}  ({settings.source_of(key)})"
        for key, value in values.items()
    ]
    lines += ["", f"{builder.label} builds {target.label}"]
    if target.is_stable:
        macros = ", ".join(f"{name}={value}" for name, value in target.macros)
        lines += [f"  macro   {macros}", f"  suffix  {target.suffix}"]
    else:
        lines += [f"  reason  {target.reason}", f"  suffix  {target.suffix}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_json(settings: Settings, builder: Builder, target: Target) -> str:
    """Render the same as one versioned document, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "settings": {
            key: {"value": value, "source": settings.source_of(key)}
            for key, value in _values(settings).items()
        },
        "builder": builder.label,
        "target": {
            "kind": target.kind.value,
            "floor": str(target.floor),
            "abi_tag": target.abi_tag or None,
            "suffix": target.suffix,
            "macros": dict(target.macros),
            "reason": target.reason or None,
        },
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _values(settings: Settings) -> dict[str, str]:
    values = {}
    for key in KEYS:
        values[key] = _written(getattr(settings, key.replace("-", "_")))
    values["allow"] = ", ".join(each.symbol for each in settings.allow) or "nothing"
    return values


def _written(value: object) -> str:
    if value is None:
        return "one at a time"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value) if isinstance(value, Enum) else str(value)
