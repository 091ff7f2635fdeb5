"""Write the table and the build requirement into pyproject.toml; the rest stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.items import Array, Table

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from abi3build.versions import PythonVersion

__all__ = ["edit_pyproject"]

_SETUPTOOLS = "setuptools>=77"
_NAME = re.compile(r"abi3build\b", re.IGNORECASE)


def edit_pyproject(text: str, floor: PythonVersion, *, has_setup_py: bool) -> str:
    """Return pyproject.toml with ``[tool.abi3build]`` and abi3build among ``requires``.

    Formatting and comments stay.  What exists already is left alone, so a second call
    changes nothing.  An empty text becomes a complete file.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    document = tomlkit.parse(text)
    if "build-system" in document:
        _require(document["build-system"])
    elif _begins_with_a_table(document):
        document = tomlkit.parse(_build_system(has_setup_py) + "\n" + text.lstrip())
    else:
        document = tomlkit.parse(f"{text.rstrip()}\n\n{_build_system(has_setup_py)}")
    _declare(document, floor)
    made = tomlkit.dumps(document)
    return made.replace("\r\n", "\n").replace("\n", newline)


def _build_system(has_setup_py: bool) -> str:  # noqa: FBT001 - handed on as it came
    """Return the table that a front end takes for granted, with abi3build in it.

    A ``setup.py`` may import what stands beside it.  It can under the backend that is
    the default (PEP 517, "Source trees") and cannot under ``setuptools.build_meta``.
    """
    lines = ["[build-system]", f'requires = ["{_SETUPTOOLS}", "abi3build"]']
    if not has_setup_py:
        lines.append('build-backend = "setuptools.build_meta"')
    return "\n".join([*lines, ""])


def _begins_with_a_table(document: TOMLDocument) -> bool:
    """Tell whether no key stands before the first table: it would change its table."""
    items = (item for key, item in document.body if key is not None)
    return isinstance(next(items, None), (Table, type(None)))


def _require(system: object) -> None:
    if not isinstance(system, Table):
        return
    requires = system.get("requires")
    if not isinstance(requires, Array):
        system["requires"] = [_SETUPTOOLS, "abi3build"]
    elif not any(_NAME.match(str(each)) for each in requires):
        requires.append("abi3build")


def _declare(document: TOMLDocument, floor: PythonVersion) -> None:
    tool = document.get("tool")
    if tool is not None and "abi3build" in tool:
        return
    table = tomlkit.table()
    table["min-python"] = str(floor)
    if tool is None:
        tool = tomlkit.table(is_super_table=True)
        tool["abi3build"] = table
        document["tool"] = tool
    else:
        tool["abi3build"] = table
