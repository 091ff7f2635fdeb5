#!/usr/bin/env python3
"""Write the settings' JSON schemas and reference page from the settings' model.

The strings under the fields of ``abi3build.settings.model`` are the only place where
a setting is described.  With ``--check`` nothing is written and the exit status tells
whether all files are what would be written.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from dataclasses import MISSING, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.settings import model
from abi3build.settings.loading import variable
from abi3build.versions import FIRST_STABLE_ABI, NEWEST_KNOWN
from generated_files import write_or_compare

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["main"]

_SCHEMA_FILE = "src/abi3build/settings/schema.json"
_STORE_FILE = "schemas/partial-abi3build.json"
_STORE_URL = "https://json.schemastore.org/partial-abi3build.json"
_PAGE_FILE = "docs/settings.md"
_SCHEMA_URL = f"https://github.com/abi3build/abi3build/blob/main/{_SCHEMA_FILE}"
_HEAD = (
    "<!-- Written by tools/generate_settings_pages.py from tools/settings_page.md and"
    " src/abi3build/settings/model.py: change those, then run it. -->"
)


def main(arguments: list[str] | None = None) -> int:
    """Write all files, or compare them; return the exit status."""
    docs = documentation(inspect.getsource(model))
    files = {
        _SCHEMA_FILE: json.dumps(schema(docs), indent=2) + "\n",
        _STORE_FILE: json.dumps({**schema(docs), "$id": _STORE_URL}, indent=2) + "\n",
        _PAGE_FILE: page(docs),
    }
    return write_or_compare("generate_settings_pages.py", files, arguments)


def documentation(source: str) -> dict[str, str]:
    """Return the string that stands under each field of a module's classes.

    The keys are such as ``Settings.verify``.
    """
    found = {}
    for each in ast.parse(source).body:
        if isinstance(each, ast.ClassDef):
            for statement, after in zip(each.body, each.body[1:]):
                name = _assigned_name(statement)
                if name and isinstance(after, ast.Expr):
                    found[f"{each.name}.{name}"] = inspect.cleandoc(
                        ast.literal_eval(after.value)
                    )
    return found


def _assigned_name(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.AnnAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    return None


def _keys() -> list[tuple[str, Field[Any]]]:
    by_key = {each.name.replace("_", "-"): each for each in fields(model.Settings)}
    return [(key, by_key[key]) for key in model.KEYS]


def schema(docs: dict[str, str]) -> dict[str, object]:
    """Make the JSON schema (draft 7) of the table."""
    properties = {}
    for key, each in _keys():
        if key in model.ONLY_AT_BUILD:
            continue
        properties[key] = {
            "description": _paragraphs(docs[f"Settings.{each.name}"])[0],
            **_type_schema(str(each.type), docs),
        }
        has_default = each.default is not MISSING and each.name != "targets"
        if has_default and _plain(each.default) is not None:
            properties[key]["default"] = _plain(each.default)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": _SCHEMA_URL,
        "title": "The settings of abi3build",
        "description": "What to build for CPython's stable ABI and what to check.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _type_schema(annotation: str, docs: dict[str, str]) -> dict[str, object]:
    if annotation == "PythonVersion":
        minors = range(FIRST_STABLE_ABI.minor, NEWEST_KNOWN.minor + 1)
        return {"type": "string", "enum": [f"3.{minor}" for minor in minors]}
    if annotation == "bool":
        return {"type": "boolean"}
    if annotation == "Parallel | None":
        return {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}
    if annotation == "Native":
        one = _type_schema("PythonVersion", docs)
        return {"oneOf": [{"type": "array", "items": one}, {"const": "builder"}]}
    inner: dict[str, dict[str, object]] = {
        "str": {"type": "string", "pattern": r"\S"},
        "tuple[Waiver, ...]": {"type": "array", "items": _waiver_schema(docs)},
        "tuple[PlatformSettings, ...]": {
            "type": "object",
            "additionalProperties": _platform_schema(docs),
        },
    }
    if annotation in inner:
        return inner[annotation]
    return {"type": "string", "enum": [each.value for each in _enumeration(annotation)]}


def _waiver_schema(docs: dict[str, str]) -> dict[str, object]:
    names = [each.name for each in fields(model.Waiver)]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": names,
        "properties": {
            name: {
                "description": _paragraphs(docs[f"Waiver.{name}"])[0],
                "type": "string",
                "pattern": r"\S",
            }
            for name in names
        },
    }


def _platform_schema(docs: dict[str, str]) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {
                "description": _paragraphs(docs[f"PlatformSettings.{each.name}"])[0],
                **_word_or_words(str(each.type)),
            }
            for key, each in _platform_keys()
        },
    }


def _platform_keys() -> list[tuple[str, Field[Any]]]:
    """Return the keys of a platform's table; its tag is the name of the table."""
    return [
        (each.name.replace("_", "-"), each)
        for each in fields(model.PlatformSettings)
        if each.name != "platform"
    ]


def _word_or_words(annotation: str) -> dict[str, object]:
    word: dict[str, object] = {"type": "string", "pattern": r"\S"}
    return word if annotation == "str" else {"type": "array", "items": word}


def _enumeration(annotation: str) -> type[Enum]:
    kind: type[Enum] = getattr(model, annotation)
    return kind


def _plain(default: object) -> object:
    if isinstance(default, Enum):
        return default.value
    if default == "" or isinstance(default, model.Native):
        return None
    return list(default) if isinstance(default, tuple) else default


def page(docs: dict[str, str]) -> str:
    """Make the reference page in Markdown."""
    template = Path(__file__).with_name("settings_page.md").read_text(encoding="utf-8")
    parts = [_HEAD, template.strip()]
    for key, each in _keys():
        *text, example = _paragraphs(docs[f"Settings.{each.name}"])
        parts += [f"### `{key}`", *text]
        parts += [_facts(key, each, example), *_details(str(each.type), docs)]
        if key in model.ONLY_AT_BUILD:
            continue
        header = "" if example.startswith("[") else "[tool.abi3build]\n"
        parts.append(f"```toml\n{header}{example}\n```")
    return "\n\n".join(parts) + "\n"


def _paragraphs(text: str) -> list[str]:
    """Split a field's documentation; its last paragraph, indented, is the example."""
    paragraphs = []
    for paragraph in text.replace("``", "`").split("\n\n"):
        indented = paragraph.startswith("    ")
        separator = "\n" if indented else " "
        paragraphs.append(
            separator.join(line.strip() for line in paragraph.splitlines())
        )
    return paragraphs


def _facts(key: str, each: Field[Any], example: str) -> str:
    rows = [("type", _type_words(str(each.type))), ("default", _default_words(each))]
    if key not in model.ONLY_IN_FILE:
        value = re.sub(r'^.* = \[?"?|"?\]?$', "", example).replace('", "', ",")
        rows.append(("`-C`", f"`-C {key}={value}`"))
        rows.append(("variable", f"`{variable(key)}={value}`"))
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {words} |" for name, words in rows)]
    )


def _type_words(annotation: str) -> str:
    special = {
        "PythonVersion": f'string from `"{FIRST_STABLE_ABI}"` to `"{NEWEST_KNOWN}"`',
        "bool": "boolean; as text `true`, `false`, `1` or `0`",
        "Parallel | None": 'positive integer or `"auto"`',
        "Native": 'array of versions, or `"builder"`; as text separated by commas',
        "str": "string",
        "tuple[Platform, ...]": "platform tags separated by commas, or `all`",
        "tuple[PlatformSettings, ...]": "table of tables by platform tag",
        "tuple[Waiver, ...]": "array of tables",
    }
    return special.get(annotation, "one of the strings below")


def _default_words(each: Field[Any]) -> str:
    if each.default is MISSING:
        return "the lower bound of `project.requires-python`"
    if _plain(each.default) is None or each.name.startswith("target"):
        return "not set"
    return f"`{json.dumps(_plain(each.default))}`"


def _details(annotation: str, docs: dict[str, str]) -> list[str]:
    """Describe the values of an enumeration or the keys of an inner table."""
    if annotation == "tuple[Waiver, ...]":
        names = [(each.name, f"Waiver.{each.name}") for each in fields(model.Waiver)]
    elif annotation == "tuple[PlatformSettings, ...]":
        names = [
            (key, f"PlatformSettings.{each.name}") for key, each in _platform_keys()
        ]
    elif hasattr(model, annotation) and issubclass(getattr(model, annotation), Enum):
        names = [
            (f'"{each.value}"', f"{annotation}.{each.name}")
            for each in _enumeration(annotation)
        ]
    else:
        return []
    lines = [f"- `{name}`: {_paragraphs(docs[key])[0]}" for name, key in names]
    return ["\n".join(lines)]


if __name__ == "__main__":
    sys.exit(main())
