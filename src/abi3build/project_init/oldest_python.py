"""The oldest Python that a project itself admits, read without running any of it.

Besides ``requires-python`` there are older places: ``python_requires`` in setup.cfg or
in the call of ``setup``, and a setup.py that ends with a message on an older Python.
"""

from __future__ import annotations

import ast
import configparser
from typing import TYPE_CHECKING, NamedTuple

from abi3build.settings.assumed_floor import read_requires_python
from abi3build.settings.requires_python import requires_python_floor
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from abi3build.project_init.project_facts import ProjectFacts

__all__ = ["OldestPython", "find_oldest_python", "oldest_python_of_setup"]

_EXITS = {"exit", "quit", "_exit", "SystemExit"}


class OldestPython(NamedTuple):
    """Contain a version and the words that say where it is set."""

    version: PythonVersion
    reason: str
    """Such as ``the lowest that requires-python admits``."""


def find_oldest_python(facts: ProjectFacts) -> OldestPython | None:
    """Return the highest of the lower bounds that a project states; None if none.

    Raise ``SettingsError`` for an unusable requires-python.
    """
    found = list(_bounds(facts))
    return max(found, key=lambda each: each.version, default=None)


def oldest_python_of_setup(folder: Path) -> OldestPython | None:
    """Return the highest lower bound that setup.py and setup.cfg state; None if none.

    A file that is missing or cannot be read states nothing.
    """
    found = _bounds_of_setup(_read(folder / "setup.py"), _read(folder / "setup.cfg"))
    return max(found, key=lambda each: each.version, default=None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _bounds(facts: ProjectFacts) -> Iterator[OldestPython]:
    stated = read_requires_python(facts.pyproject).floor
    if stated is not None:
        yield OldestPython(stated, "the lowest that requires-python admits")
    yield from _bounds_of_setup(facts.setup_py, facts.setup_cfg)


def _bounds_of_setup(setup_py: str, setup_cfg: str) -> Iterator[OldestPython]:
    tree = _parsed(setup_py)
    for name, text in (
        ("setup.py", _argument_of_setup(tree)),
        ("setup.cfg", _option(setup_cfg)),
    ):
        stated = _lower_bound(text)
        if stated is not None:
            reason = f"the lowest that python_requires in {name} admits"
            yield OldestPython(stated, reason)
    for node in tree.body:
        stated = _admitted_from(node)
        if stated is not None:
            yield OldestPython(stated, "the lowest that setup.py does not refuse")


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        # setuptools has the better words for it.
        return ast.Module([], [])


def _argument_of_setup(tree: ast.Module) -> str:
    """Return ``python_requires`` as far as it is a text, or a name for one."""
    texts = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "setup":
            for keyword in node.keywords:
                if keyword.arg == "python_requires":
                    value = keyword.value
                    if isinstance(value, ast.Constant):
                        return str(value.value)
                    return texts.get(_name(value), "")
    return ""


def _option(text: str) -> str:
    """Return what setup.cfg says: https://setuptools.pypa.io/en/latest/userguide/declarative_config.html."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    return parser.get("options", "python_requires", fallback="")


def _lower_bound(text: str) -> PythonVersion | None:
    try:
        return requires_python_floor(text) if text else None
    except ValueError:
        return None


def _admitted_from(node: ast.stmt) -> PythonVersion | None:
    """Return the oldest Python that a statement of setup.py lets pass, if it is such.

    It is ``if sys.version_info < (3, 10): raise ...``, or ends the process in place of
    raising, or ``assert sys.version_info >= (3, 10)``.
    """
    if isinstance(node, ast.Assert):
        return _compared(node.test, ast.GtE)
    if isinstance(node, ast.If) and _ends(node.body[-1]):
        return _compared(node.test, ast.Lt)
    return None


def _ends(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return True
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and _name(node.value.func) in _EXITS
    )


def _compared(test: ast.expr, kind: type[ast.cmpop]) -> PythonVersion | None:
    """Return the version that ``sys.version_info`` or ``[:2]`` of it is compared to."""
    if not isinstance(test, ast.Compare) or type(test.ops[0]) is not kind:
        return None
    left = test.left
    if isinstance(left, ast.Subscript) and isinstance(left.slice, ast.Slice):
        left = left.value
    if _name(left) != "version_info" or len(test.ops) > 1:
        return None
    try:
        major, minor = ast.literal_eval(test.comparators[0])[:2]
        return PythonVersion(major, minor)
    except (TypeError, ValueError):
        return None


def _name(node: ast.expr) -> str:
    """Return a name, or the last part of a dotted one."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
