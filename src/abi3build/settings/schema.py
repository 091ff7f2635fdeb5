"""The JSON schema of ``[tool.abi3build]`` for validate-pyproject and for editors.

``schema.json`` is written by ``tools/generate_settings_pages.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["tool_schema"]


def tool_schema(tool_name: str = "abi3build") -> dict[str, object]:
    """Give the JSON schema (draft 7) of the table.

    This is a plugin of validate-pyproject, which calls it with the table's name:
    https://validate-pyproject.readthedocs.io/en/latest/dev-guide.html
    Raise ``ValueError`` for the name of another tool's table.
    """
    if tool_name != "abi3build":
        message = f"not a table of abi3build: tool.{tool_name}"
        raise ValueError(message)
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema
