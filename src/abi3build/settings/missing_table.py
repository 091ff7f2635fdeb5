"""Say why a project that means abi3build has no table: its name is another, or none.

A mistyped key is an error with the nearest right one; a mistyped table would be read by
nothing, and the wheel would be for one Python, without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from abi3build.settings.messages import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MissingTable", "find_missing_requirement", "find_missing_table"]

_NAME = "abi3build"
_SEPARATORS = re.compile(r"[-_. ]+")
_SECTION = re.compile(r"^\[(?P<name>[^]\n]+)\]", re.MULTILINE)
_SURE = 0.8
"""The least likeness of ``SequenceMatcher``; that of abi3audit is 0.67."""


@dataclass(frozen=True)
class MissingTable:
    """Describe what was found instead of the table, if anything."""

    text: str
    """What is wrong, and the next step."""

    is_asked_for: bool = True
    """True for a project that builds with abi3build, by what it says elsewhere."""

    is_misspelt: bool = True
    """False for a project that names abi3build and has no table at all."""


def find_missing_table(
    pyproject: Mapping[str, object], setup_cfg: str = ""
) -> MissingTable | None:
    """Return what is wrong with the table's name; None if nothing is.

    ``setup_cfg`` is the text of that file.  If a project names abi3build nowhere else,
    a name counts as misspelt only if it differs in case and separators alone.
    """
    is_right = _NAME in _table(pyproject.get("tool"))
    is_asked_for = is_right or _is_build_requirement(pyproject.get("build-system"))
    for written in _tables(pyproject):
        if written != ("tool", _NAME) and _is_near(written[-1], sure=not is_asked_for):
            name = f"[{'.'.join(map(bare, written))}]"
            text = f"{name} is not read by any tool: did you mean [tool.{_NAME}]?"
            return MissingTable(text, is_asked_for=is_asked_for)
    for section in _SECTION.finditer(setup_cfg):
        if _is_near(section["name"], sure=not is_asked_for):
            text = (
                f"[{section['name']}] of setup.cfg is not read by any tool: move it"
                f" to pyproject.toml as [tool.{_NAME}]"
            )
            return MissingTable(text, is_asked_for=is_asked_for)
    if is_right or not is_asked_for:
        return None
    text = (
        f"build-system requires {_NAME}, but there is no [tool.{_NAME}] table, so"
        " it does nothing: add the table with min-python, or run abi3build init"
    )
    return MissingTable(text, is_misspelt=False)


def find_missing_requirement(
    pyproject: Mapping[str, object], setup_files: str = ""
) -> str:
    """Return what is wrong if no tool reads a table; empty if nothing is.

    ``setup_files`` is the text of setup.py and setup.cfg, which may ask for abi3build
    in a way of their own, as a build backend in the project's own tree may.
    """
    build_system = _table(pyproject.get("build-system"))
    if (
        _NAME not in _table(pyproject.get("tool"))
        or "backend-path" in build_system
        or _NAME in setup_files
        or _is_in_requires(build_system)
    ):
        return ""
    return (
        f"isolated builds do not read [tool.{_NAME}], and make a wheel for one Python:"
        f' add "{_NAME}" to requires of [build-system], or run abi3build init'
    )


def _tables(pyproject: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all tables that could have been meant, the right one too."""
    for key, value in pyproject.items():
        if isinstance(value, (Mapping, list)):
            yield (key,)
        if key.lower() not in {"tool", "tools"}:
            continue
        for name, table in _table(value).items():
            if isinstance(table, (Mapping, list)):
                yield (key, name)
    setuptools = _table(_table(pyproject.get("tool")).get("setuptools"))
    yield from (("tool", "setuptools", name) for name in setuptools)


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _is_near(name: str, *, sure: bool) -> bool:
    plain = _SEPARATORS.sub("", re.split("[.:]", name)[-1].lower())
    if plain == _NAME or sure:
        return plain == _NAME
    return SequenceMatcher(None, plain, _NAME).ratio() >= _SURE


def _is_build_requirement(build_system: object) -> bool:
    table = _table(build_system)
    backend = table.get("build-backend")
    if isinstance(backend, str) and backend.partition(".")[0] == _NAME:
        return True
    return _is_in_requires(table)


def _is_in_requires(build_system: Mapping[str, object]) -> bool:
    requires = build_system.get("requires")
    return isinstance(requires, list) and any(map(_is_ours, requires))


def _is_ours(requirement: object) -> bool:
    try:
        return canonicalize_name(Requirement(str(requirement)).name) == _NAME
    except InvalidRequirement:
        return False
