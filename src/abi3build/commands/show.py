"""``abi3build show``: the effective settings and what this interpreter would build."""

from __future__ import annotations

import json
import os
from enum import Enum
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.settings.model import KEYS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from abi3build.commands import Outcome
    from abi3build.settings.model import Settings
    from abi3build.targets.interpreters import Decision
    from abi3build.targets.target import Builder, Target

__all__ = [
    "add_arguments",
    "render_all_json",
    "render_all_text",
    "render_json",
    "render_text",
    "run",
]


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

    Why a line is not abi3 stands below it, indented.
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "project",
        metavar="DIRECTORY",
        nargs="?",
        default=".",
        help="the directory with pyproject.toml (default: the current one)",
    )
    parser.add_argument(
        "-C",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="config_settings",
        help="a setting, as passed to the build front end; can be repeated",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        dest="every_interpreter",
        help=(
            "show what every interpreter found would build (PATH, pyenv, uv, the py"
            " launcher)"
        ),
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Decide the target as a build would, and print it with every setting."""
    import os
    from pathlib import Path

    from abi3build.errors import UsageError
    from abi3build.settings.loading import load_settings
    from abi3build.settings.missing_table import find_missing_table
    from abi3build.settings.pyproject import load_pyproject, read_setup_cfg

    path = Path(options.project, "pyproject.toml")
    if not path.is_file():
        message = f"{path}: no such file: name the directory of a project"
        raise UsageError(message)
    given = dict(_pair(text) for text in options.config_settings)
    pyproject = load_pyproject(path)
    settings = load_settings(pyproject, given, os.environ)
    if settings is None:
        missing = find_missing_table(pyproject, read_setup_cfg(path.parent))
        if missing is not None and missing.is_misspelt:
            message = f"{path}: {missing.text}"
            raise UsageError(message)
        message = (
            f"{path}: no [tool.abi3build] table, so nothing is built for the stable"
            ' ABI: add the table with min-python = "3.9"'
        )
        raise UsageError(message)
    show = _show_all if options.every_interpreter else _show_running
    return show(settings, as_json=options.format == "json")


def _show_running(settings: Settings, *, as_json: bool) -> Outcome:
    from abi3build.commands import Outcome
    from abi3build.targets.target import decide_target, running_builder

    builder = running_builder()
    render = render_json if as_json else render_text
    return Outcome(render(settings, builder, decide_target(settings, builder)))


def _show_all(settings: Settings, *, as_json: bool) -> Outcome:
    import os

    from abi3build.commands import Outcome
    from abi3build.targets.interpreters import decide_targets, find_interpreters

    found = find_interpreters(os.environ)
    render = render_all_json if as_json else render_all_text
    notes = tuple(
        f"abi3build: warning: {path} did not answer in time and is left out"
        for path in found.silent
    )
    return Outcome(
        render(settings, decide_targets(settings, found.interpreters)), notes=notes
    )


def _pair(text: str) -> tuple[str, str]:
    from abi3build.errors import UsageError

    key, equals, value = text.partition("=")
    if not key or not equals:
        message = f"-C {text}: expected KEY=VALUE, such as -C min-python=3.10"
        raise UsageError(message)
    return key, value
